/**
 * Date with the cycle's time in place of the engine's clock. Under stubbed WASI the engine's own clock traps, or shows the time of
 * the build. Everything that has a time argument is the engine's.
 */

/** A Date constructor over `Native` for which the present is `now()`. Instances are the engine's, `instanceof` included. */
export function createDate(Native: DateConstructor, now: () => number): DateConstructor {
  const GuestDate = function (this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new Native(now()).toString();
    return Reflect.construct(Native, args.length === 0 ? [now()] : args, new.target);
  };
  Object.defineProperties(GuestDate, {
    name: { value: 'Date', configurable: true },
    length: { value: 7, configurable: true },
    prototype: { value: Native.prototype, writable: false },
    parse: { value: Native.parse, writable: true, configurable: true },
    UTC: { value: Native.UTC, writable: true, configurable: true },
    now: { value: () => now(), writable: true, configurable: true },
  });
  Object.defineProperty(Native.prototype, 'constructor', { value: GuestDate, writable: true, configurable: true });
  // The function carries every member of DateConstructor; TypeScript cannot see it through defineProperties.
  return GuestDate as unknown as DateConstructor;
}
