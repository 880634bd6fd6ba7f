/** Bytes that are there as the stream that whoever reads objects takes. */
export async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
