"""A real terminal for a test: runs a command behind a pty. Lines of standard input are JSON: {"size": [rows, columns]} or {"keys": "q"}.
What the command writes goes to standard output, and its exit code is this program's. Standard library only."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(master: int, pid: int, rows: int, columns: int) -> None:
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.kill(pid, signal.SIGWINCH)


def main() -> int:
    ready, go = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        os.read(ready, 1)  # not before the terminal has a size
        os.execvp(sys.argv[1], sys.argv[1:])
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 60, 0, 0))
    os.write(go, b"x")
    open_ends, rest = [master, 0], b""
    while master in open_ends:
        for end in select.select(open_ends, [], [])[0]:
            try:
                piece = os.read(end, 65536)
            except OSError:  # how Linux says that nobody has the terminal any more
                piece = b""
            if not piece:
                open_ends.remove(end)
            elif end == master:
                os.write(1, piece)
            else:
                *lines, rest = (rest + piece).split(b"\n")
                for line in map(json.loads, lines):
                    if "size" in line:
                        resize(master, pid, *line["size"])
                    else:
                        os.write(master, line["keys"].encode())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


sys.exit(main())
