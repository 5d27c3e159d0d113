#include "client/cli/commands.h"

/* Every command of the program, in the order of help. */
const struct command_group command_groups[] = {
	{"On the road", record_commands},
	{"What came together", inbox_commands},
	{"This device", node_commands},
	{"Keeping it sound", keep_commands},
	{"Head office", hub_commands},
	{0},
};
