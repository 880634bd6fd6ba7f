/** What `sojourn serve` can be told. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface ServeFlags {
  readonly data: string;
  readonly policy?: string;
  readonly port: number;
  readonly host: string;
  readonly store: string;
  readonly key?: string;
  readonly tokens?: string;
  readonly zone?: string;
  readonly accept?: readonly string[];
  readonly advice?: string;
  readonly concurrency?: number;
  readonly workers?: number;
  readonly perSecond?: number;
  readonly grace: number;
  readonly logLevel: LogLevel;
  readonly otlp?: string;
}
