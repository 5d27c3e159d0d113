#include "client/cli/commands.h"

/* Every command of the program, in the order of help. */
const struct command_group command_groups[] = {
	/* Before the records, of which it is one that tells more. */
	{N_("What was handed over"), handover_commands},
	{N_("On the road"), record_commands},
	{N_("Before a visit"), brief_commands},
	{N_("Whom to see, and what is owed"), method_commands},
	{N_("How it was written down"), honesty_commands},
	{N_("What came together"), inbox_commands},
	{N_("What came too late"), quarantine_commands},
	{N_("What has not left yet"), outbox_commands},
	{N_("Files"), exchange_commands},
	{N_("This device"), node_commands},
	{N_("Another device"), device_commands},
	{N_("Where it dials"), address_commands},
	{N_("Keeping it sound"), keep_commands},
	{N_("A copy, for the day it is needed"), backup_commands},
	{N_("Lost or stolen"), rest_commands},
	{N_("Written while it was locked"), letters_commands},
	{N_("A passphrase is forgotten, or withheld"), recover_commands},
	{N_("Head office"), hub_commands},
	{N_("Who may do what"), access_commands},
	{N_("For how long, without head office"), lease_commands},
	{N_("Somebody leaves"), offboard_commands},
	{N_("What happened, and what may"), audit_commands},
	{N_("A person's data is to go"), erase_commands},
	{N_("With the root key"), key_commands},
	{0},
};
