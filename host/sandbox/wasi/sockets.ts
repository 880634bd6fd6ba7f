/**
 * `wasi:sockets`: there are none. The interfaces are here because the standard libraries of Rust, Python and others import them
 * whether a program uses them or not; every way to a socket or an address answers `access-denied`.
 */
import type { WasiEvaluation } from './evaluation.ts';
import { Failure, Resource, guard } from './resource.ts';
import type { Interface } from './resource.ts';

export function createSockets(evaluation: WasiEvaluation): { readonly [name: string]: Interface } {
  class Network extends Resource {}
  const deny = () => {
    throw new Failure('access-denied');
  };
  return {
    'sockets/network': { Network },
    'sockets/instance-network': guard(evaluation, { instanceNetwork: () => new Network(evaluation) }),
    'sockets/tcp': { TcpSocket: class TcpSocket extends Resource {} },
    'sockets/tcp-create-socket': guard(evaluation, { createTcpSocket: deny }),
    'sockets/udp': {
      UdpSocket: class UdpSocket extends Resource {},
      IncomingDatagramStream: class IncomingDatagramStream extends Resource {},
      OutgoingDatagramStream: class OutgoingDatagramStream extends Resource {},
    },
    'sockets/udp-create-socket': guard(evaluation, { createUdpSocket: deny }),
    'sockets/ip-name-lookup': {
      ...guard(evaluation, { resolveAddresses: deny }),
      ResolveAddressStream: class ResolveAddressStream extends Resource {},
    },
  };
}
