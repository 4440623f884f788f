/* tools/studioctl/commands.tbl.h - what studioctl can be asked to do.
 *     COMMAND(name, words it takes, least words, most words, help) */

COMMAND(status,  "",                      0, 0, "every process: user, state, memory, queues, why it last died")
COMMAND(tree,    "",                      0, 0, "the services and the wires between them")
COMMAND(restart, "SERVICE",               1, 1, "drain one service and start it again")
COMMAND(stop,    "",                      0, 0, "end the tree in good order and wait for its end")
COMMAND(logs,    "[-f] [-n N] [SERVICE]", 0, 1, "the latest lines; -f: and those to come")
COMMAND(sandbox, "ACTOR",                 1, 1, "what an actor may do, row by row, and why")
COMMAND(queue,   "[pause|resume|drain|limit ..]", 0, 3, "what waits and is under way; hold back all, a KIND or a MODEL; limit MODEL N|default")
COMMAND(help,    "",                      0, 0, "this text")

#undef COMMAND
