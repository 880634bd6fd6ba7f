/** `sojourn move` in a process that kills itself at a step: `node move-child.ts <step> <object> <to> <token file>`. */
import { kill } from 'node:process';
import { move } from '../../host/cli/move.ts';
import { createTerminal } from '../../host/cli/terminal.ts';

const [step, object = '', to = '', tokenFile = ''] = process.argv.slice(2);
const session = { terminal: createTerminal(false, process), process, exitCode: 0 };
await move(object, to, { tokenFile }, session, (reached) => {
  if (reached === step) kill(process.pid, 'SIGKILL');
});
