/** A token bucket: so many a second on the whole, and a second's worth at once. Time is handed in; a clock that goes back gives nothing. */
export interface Bucket {
  /** Milliseconds until there is one again; 0 where there was one, which is then taken. */
  take(): number;
}

export function createBucket(perSecond: number, now: () => number): Bucket {
  let [left, filled] = [perSecond, now()];
  return {
    take() {
      const time = now();
      left = Math.min(perSecond, left + (Math.max(0, time - filled) * perSecond) / 1_000);
      filled = time;
      if (left < 1) return Math.max(1, Math.ceil(((1 - left) * 1_000) / perSecond));
      left -= 1;
      return 0;
    },
  };
}
