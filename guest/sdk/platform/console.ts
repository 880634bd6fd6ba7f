/**
 * console.* as log lines. A line that policy or a limit refuses is dropped: printing must not change what a handler does.
 */
import type { Level } from 'sojourn:object/log@0.2.0';

export type WriteLine = (level: Level, message: string) => void;

type Print = (...values: unknown[]) => void;

export interface GuestConsole {
  readonly debug: Print;
  readonly trace: Print;
  readonly log: Print;
  readonly info: Print;
  readonly warn: Print;
  readonly error: Print;
  readonly assert: (condition: unknown, ...values: unknown[]) => void;
}

export function createConsole(writeLine: WriteLine): GuestConsole {
  const printAt =
    (level: Level): Print =>
    (...values) => {
      try {
        writeLine(level, values.map(formatValue).join(' '));
      } catch {
        // Refused lines are dropped; `log` is there for lines that matter.
      }
    };
  const error = printAt('error');
  return {
    debug: printAt('debug'),
    trace: printAt('debug'),
    log: printAt('info'),
    info: printAt('info'),
    warn: printAt('warn'),
    error,
    assert: (condition, ...values) => {
      if (!condition) error('assertion failed:', ...values);
    },
  };
}

/** Texts as they are, errors with their message, everything else as JSON where it has one. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return String(value);
  if (typeof value === 'object' && value !== null) {
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return Object.prototype.toString.call(value);
    }
  }
  return String(value);
}
