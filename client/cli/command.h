#ifndef CLIENT_CLI_COMMAND_H
#define CLIENT_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/node/node.h"
#include "client/text/text.h"

/*
 * One command being answered: `roadbook NOUN VERB …`. The same code answers it
 * in the process that was started and, when the node is running, in the
 * process that serves it (client/node/local.h): `out` and `err` then go back
 * through the socket.
 */
struct cli {
	/* Options that every command takes. */
	const char *dir; /* --dir, or NULL */
	const char *as;  /* --as LOGIN, on the hub */
	bool json;

	FILE *out;
	FILE *err;
	const char *cwd;   /* relative paths are meant from here */
	const char *input; /* standard input, read whole, or NULL */
	size_t input_size;
	bool terminal; /* `out` is one: colours, progress */
	bool served;   /* answered by a running node */

	struct node *node; /* open, for a command that NEEDS_NODE */

	/* What is left of the command line after noun and verb. */
	const char **args;
	size_t arg_count;
	struct cli_flag_value *flags;
	size_t flag_count;

	const struct command *command;
	const char *noun; /* as typed: the record type for record commands */
	struct problem problem;
};

struct cli_flag_value {
	const char *name;  /* without the dashes, `-` as typed */
	const char *value; /* NULL for a flag that takes none */
};

/* What a command needs before it runs. */
enum command_needs {
	NEEDS_NOTHING, /* works on folders that are not nodes yet */
	NEEDS_NODE,    /* an open node; the running one answers, if any */
	NEEDS_HUB,     /* the same, and it is the hub */
	NEEDS_OWN,     /* an open node in this very process: serve */
};

/* A flag of a command; `value` names what it takes, NULL for nothing. */
struct command_flag {
	const char *name;
	const char *value;
	const char *help; /* English; T() is taken of it */
};

typedef bool command_run(struct cli *cli);

struct command {
	const char *noun;      /* NULL: the name of any business type */
	const char *verb;      /* NULL: the noun alone is the command */
	const char *arguments; /* for usage: "ID", "LOGIN", "" */
	size_t argument_min;
	size_t argument_max;
	enum command_needs needs;
	/* NULL, or the flag with which it needs an open node all the same. */
	const char *node_flag;
	command_run *run; /* false: cli->problem says why */
	const char *help; /* English, one sentence; T() is taken of it */
	/* Terminated by a flag without name; NULL for none. */
	const struct command_flag *flags;
	/* Whether every field of its type is a flag: add, set, list. */
	bool field_flags;
	const char
		*type; /* its record type where the noun is not that, or NULL */
	bool takes_file;  /* its last argument is a file's name: any bytes */
	bool reads_input; /* "-" among its arguments is standard input */
	bool letter;      /* can wait in the sealed outbox (letterbox.h) */
};

/*
 * All commands, in the order of help, which shows each group under its title
 * (English; T() is taken of it). The files of the commands export their lists;
 * a command without `run` ends one, a group without title ends the groups.
 */
struct command_group {
	const char *title;
	const struct command *commands;
};

extern const struct command_group command_groups[]; /* commands.c */

/* Options that every command takes; a flag without name ends them. */
extern const struct command_flag command_common_flags[];

/* The command of a noun and verb, or NULL. */
const struct command *command_find(const char *noun, const char *verb);
/* Whether the noun is the name of a business type: account, contact … */
bool command_is_record_noun(const char *noun);

/* Whether every command takes it: --dir, --json … */
bool cli_is_common_flag(const char *name);
/* The first value of a flag, or NULL; whether it is there at all. */
const char *cli_flag(const struct cli *cli, const char *name);
bool cli_has_flag(const struct cli *cli, const char *name);
/* As if it had been typed; the value must outlive the command. */
void cli_add_flag(struct cli *cli, const char *name, const char *value);
/*
 * The flag's whole number of 0 or more, `otherwise` without the flag; false
 * with cli->problem for anything else.
 */
bool cli_number(
	struct cli *cli, const char *name, int64_t otherwise, int64_t *number);

/*
 * --territory as an id, NULL without it; false with cli->problem when there is
 * no such territory.
 */
bool cli_territory(struct cli *cli, const uint8_t **id);
/* The same where it must be one that is read: EXIT_REFUSED without a grant. */
bool cli_readable_territory(struct cli *cli, const uint8_t **id);

/*
 * The device of the directory whose id begins or ends with the text, of four
 * digits or more; false with cli->problem: there is none, or several.
 */
bool cli_device(
	struct cli *cli, const char *text, uint8_t out[static ID_BYTES]);

/*
 * Runs a command line (argv[0] is the program). Prints what it says to
 * cli->out, errors to cli->err, and returns the exit code. The caller sets
 * out, err, cwd, input, terminal, served and, for a command that needs one
 * (cli_parse() first, then cli_clear()), node.
 */
enum exit_code cli_run(struct cli *cli, int argc, char **argv);

/*
 * Looks at a command line without running it: the options of every command
 * and which command it is (NULL: none such; cli->problem says so).
 */
const struct command *cli_parse(struct cli *cli, int argc, char **argv);
void cli_clear(struct cli *cli);

/* Prints cli->problem as text or JSON to cli->err; returns its exit code. */
enum exit_code cli_print_problem(struct cli *cli);

/* The path that a person typed, made absolute by cli->cwd; malloc'ed. */
char *cli_path(const struct cli *cli, const char *path);

/*
 * Sets cli->problem to what errno says of a file that could not be opened or
 * read: EXIT_NOT_FOUND where it is not there, else EXIT_FAILED. False.
 */
bool cli_read_problem(struct cli *cli, const char *path);

#endif
