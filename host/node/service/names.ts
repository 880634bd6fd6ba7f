/** Short texts that many objects share, each kept once while anybody uses it: kinds of intents, handlers, names of signals. */
export class Names {
  readonly #byText = new Map<string, number>();
  readonly #texts: string[] = [];
  #uses = new Uint32Array(64);
  readonly #free: number[] = [];

  /** Its number, with one more use. */
  use(text: string): number {
    const known = this.#byText.get(text);
    const number = known ?? this.#free.pop() ?? this.#texts.length;
    if (known === undefined) {
      this.#byText.set(text, number);
      this.#texts[number] = text;
    }
    if (number >= this.#uses.length) {
      const uses = new Uint32Array(number * 2);
      uses.set(this.#uses);
      this.#uses = uses;
    }
    this.#uses[number] = (this.#uses[number] ?? 0) + 1;
    return number;
  }

  /** One use less. */
  drop(number: number): void {
    const uses = (this.#uses[number] ?? 0) - 1;
    this.#uses[number] = uses;
    if (uses > 0) return;
    this.#byText.delete(this.text(number));
    this.#texts[number] = '';
    this.#free.push(number);
  }

  text(number: number): string {
    return this.#texts[number] ?? '';
  }

  /** Null where nobody uses it. */
  find(text: string): number | null {
    return this.#byText.get(text) ?? null;
  }
}
