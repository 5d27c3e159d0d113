#include "client/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/fields.h"
#include "client/cli/help.h"
#include "client/cli/output.h"
#include "client/node/exported.h"
#include "client/node/give_up.h"
#include "client/store/trouble.h"
#include "proto/pack.h"
#include "sync/alloc.h"

const struct command_flag command_common_flags[] = {
	{"dir", "FOLDER", N_("the node's folder")},
	{"json", NULL, N_("print one JSON document")},
	{"lang", "en|zh", N_("language of messages")},
	{"passphrase-file", "FILE",
		N_("the passphrase of an encrypted node is in this file")},
	{"passphrase-fd", "N", N_("or comes through this descriptor")},
	{"help", NULL, N_("show this help")},
	{NULL, NULL, NULL},
};

const char *
cli_flag(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->flag_count; i++)
		if (strcmp(cli->flags[i].name, name) == 0)
			return cli->flags[i].value;
	return NULL;
}

bool
cli_has_flag(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->flag_count; i++)
		if (strcmp(cli->flags[i].name, name) == 0)
			return true;
	return false;
}

bool
cli_territory(struct cli *cli, const uint8_t **id)
{
	const char *path = cli_flag(cli, "territory");
	const struct policy_territory *territory;

	*id = NULL;
	if (!path)
		return true;
	territory = policy_territory_path(cli->node->policy, path);
	if (!territory) {
		problem_set(&cli->problem, EXIT_NOT_FOUND,
			T("there is no territory %s"), path);
		return problem_hint(
			&cli->problem, T("roadbook status lists yours"));
	}
	*id = territory->id;
	return true;
}

enum { DEVICE_DIGITS_MIN = 4 };

bool
cli_device(struct cli *cli, const char *text, uint8_t out[static ID_BYTES])
{
	const struct policy_device *d;
	size_t size = strlen(text), found = 0;

	for (uint32_t i = 0; (d = policy_device_at(cli->node->policy, i));
		i++) {
		char id[ID_TEXT_SIZE];

		id_format(id, d->id);
		if (size < DEVICE_DIGITS_MIN || size >= sizeof id ||
			(strncmp(id, text, size) != 0 &&
				strcmp(id + sizeof id - 1 - size, text) != 0))
			continue;
		memcpy(out, d->id, ID_BYTES);
		found++;
	}
	if (found == 1)
		return true;
	problem_set(&cli->problem, found ? EXIT_AMBIGUOUS : EXIT_NOT_FOUND,
		found ? T("several devices are %s")
		      : T("there is no device %s"),
		text);
	return problem_hint(&cli->problem, "roadbook hub devices");
}

bool
cli_readable_territory(struct cli *cli, const uint8_t **id)
{
	const struct node *node = cli->node;

	if (!cli_territory(cli, id))
		return false;
	if (!*id || policy_may_read(node->policy, node->device, *id))
		return true;
	problem_set(&cli->problem, EXIT_REFUSED, T("you have no grant on %s"),
		cli_flag(cli, "territory"));
	return problem_hint(&cli->problem,
		T("ask head office for a grant, then: roadbook sync"));
}

char *
cli_path(const struct cli *cli, const char *path)
{
	char *whole = NULL;

	if (*path == '/' || !cli->cwd)
		return alloc_copy(path, strlen(path) + 1);
	if (asprintf(&whole, "%s/%s", cli->cwd, path) < 0)
		alloc_failed();
	return whole;
}

bool
cli_read_problem(struct cli *cli, const char *path)
{
	return problem_set(&cli->problem,
		errno == ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED,
		T("%s cannot be read: %s"), path, text_errno(errno));
}

bool
command_is_record_noun(const char *noun)
{
	const struct schema_type *type =
		schema_type_named(schema_roadbook(), noun);

	return type && exported_type(type);
}

static bool
matches(const struct command *command, const char *noun, const char *verb)
{
	if (command->noun ? strcmp(command->noun, noun) != 0
			  : !command_is_record_noun(noun))
		return false;
	return !command->verb || (verb && strcmp(command->verb, verb) == 0);
}

const struct command *
command_find(const char *noun, const char *verb)
{
	for (const struct command_group *g = command_groups; g->title; g++)
		for (const struct command *c = g->commands; c->run; c++)
			if (matches(c, noun, verb))
				return c;
	return NULL;
}

static const struct command_flag *
flag_in(const struct command_flag *flags, const char *name)
{
	for (; flags && flags->name; flags++)
		if (strcmp(flags->name, name) == 0)
			return flags;
	return NULL;
}

bool
cli_is_common_flag(const char *name)
{
	return flag_in(command_common_flags, name) != NULL;
}

/* Whether the flag exists for the command, and whether it takes a value. */
static bool
flag_known(const struct cli *cli, const char *name, bool *takes_value)
{
	const struct command *command = cli->command;
	const struct command_flag *flag = flag_in(command_common_flags, name);
	struct field_flag field;

	if (!flag && command)
		flag = flag_in(command->flags, name);
	if (!flag && command && command->needs == NEEDS_HUB &&
		strcmp(name, "as") == 0) {
		*takes_value = true;
		return true;
	}
	if (flag) {
		*takes_value = flag->value != NULL;
		return true;
	}
	*takes_value = true;
	return command && command->field_flags && fields_type(cli) &&
		fields_flag(fields_type(cli), name, &field);
}

static void
add_flag(struct cli *cli, const char *name, const char *value)
{
	cli->flags = alloc_again(
		cli->flags, (cli->flag_count + 1) * sizeof *cli->flags);
	cli->flags[cli->flag_count++] =
		(struct cli_flag_value){.name = name, .value = value};
}

void
cli_add_flag(struct cli *cli, const char *name, const char *value)
{
	add_flag(cli, alloc_copy(name, strlen(name) + 1), value);
}

bool
cli_number(
	struct cli *cli, const char *name, int64_t otherwise, int64_t *number)
{
	const char *text = cli_flag(cli, name);
	char *end;

	*number = otherwise;
	if (!text)
		return true;
	errno = 0;
	*number = strtoll(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno)
		return true;
	return problem_set(&cli->problem, EXIT_USAGE,
		T("--%s takes a whole number, not \"%s\""), name, text);
}

static void
add_argument(struct cli *cli, const char *argument)
{
	cli->args = alloc_again(
		cli->args, (cli->arg_count + 1) * sizeof *cli->args);
	cli->args[cli->arg_count++] = argument;
}

static bool
unknown_flag(struct cli *cli, const char *name)
{
	const char *near = fields_flag_near(cli, name);

	problem_set(&cli->problem, EXIT_USAGE,
		T("there is no option --%s here"), name);
	if (near)
		problem_hint(&cli->problem, T("did you mean --%s?"), near);
	else
		problem_hint(&cli->problem,
			T("add --help to see the options of this command"));
	return false;
}

/* One `--name`, `--name=value` or `--name value`. */
static bool
parse_flag(struct cli *cli, int argc, char **argv, int *at)
{
	const char *equals = strchr(argv[*at] + 2, '=');
	size_t size = equals ? (size_t)(equals - argv[*at] - 2)
			     : strlen(argv[*at] + 2);
	char *name = alloc(size + 1);
	bool takes_value = false;

	memcpy(name, argv[*at] + 2, size);
	if (!flag_known(cli, name, &takes_value)) {
		bool known = unknown_flag(cli, name);

		free(name);
		return known;
	}
	if (!takes_value && equals) {
		problem_set(&cli->problem, EXIT_USAGE, T("--%s takes no value"),
			name);
		free(name);
		return false;
	}
	if (takes_value && !equals && *at + 1 >= argc) {
		problem_set(&cli->problem, EXIT_USAGE, T("--%s needs a value"),
			name);
		free(name);
		return false;
	}
	if (takes_value)
		add_flag(cli, name, equals ? equals + 1 : argv[++*at]);
	else
		add_flag(cli, name, NULL);
	return true;
}

/* The options that every command has, which may stand before the noun. */
static bool
is_common(const char *argument, const char *name)
{
	size_t size = strlen(name);

	return strncmp(argument, "--", 2) == 0 &&
		strncmp(argument + 2, name, size) == 0 &&
		(argument[2 + size] == '\0' || argument[2 + size] == '=');
}

/* Finds noun and verb, going past the common options. */
static void
find_words(int argc, char **argv, const char *words[3])
{
	int found = 0;

	for (int i = 1; i < argc && found < 3; i++) {
		if (is_common(argv[i], "dir") || is_common(argv[i], "lang") ||
			is_common(argv[i], "as") ||
			is_common(argv[i], "passphrase-file") ||
			is_common(argv[i], "passphrase-fd")) {
			if (!strchr(argv[i], '='))
				i++;
		} else if (strncmp(argv[i], "--", 2) != 0) {
			words[found++] = argv[i];
		}
	}
}

/* `hub territory add` is noun "hub territory", verb "add". */
static const struct command *
find_command(struct cli *cli, const char *words[3], size_t *used)
{
	static _Thread_local char noun[64];
	const struct command *command;

	if (!words[0])
		return NULL;
	if (words[1]) {
		(void)snprintf(noun, sizeof noun, "%s %s", words[0], words[1]);
		command = command_find(noun, words[2]);
		if (command) {
			*used = command->verb ? 3 : 2;
			cli->noun = noun;
			return command;
		}
	}
	command = command_find(words[0], words[1]);
	if (command) {
		*used = command->verb ? 2 : 1;
		cli->noun = words[0];
	}
	return command;
}

static bool
unknown_command(struct cli *cli, const char **words)
{
	if (!words[0])
		return problem_set(
			&cli->problem, EXIT_USAGE, T("no command was given"));
	if (help_has_noun(words[0])) {
		problem_set(&cli->problem, EXIT_USAGE,
			words[1] ? T("%s has no command %s")
				 : T("%s needs one more word%s"),
			words[0], words[1] ? words[1] : "");
		return problem_hint(&cli->problem,
			T("roadbook %s --help lists them"), words[0]);
	}
	problem_set(&cli->problem, EXIT_USAGE, T("there is no command %s"),
		words[0]);
	return problem_hint(
		&cli->problem, T("roadbook --help lists all commands"));
}

static bool
parse_arguments(struct cli *cli, int argc, char **argv, size_t words)
{
	bool only_arguments = false;

	for (int i = 1; i < argc; i++) {
		if (!only_arguments && strcmp(argv[i], "--") == 0) {
			only_arguments = true;
		} else if (!only_arguments && strncmp(argv[i], "--", 2) == 0) {
			if (!parse_flag(cli, argc, argv, &i))
				return false;
		} else if (words) {
			words--;
		} else {
			add_argument(cli, argv[i]);
		}
	}
	return true;
}

static bool
check_arguments(struct cli *cli)
{
	const struct command *command = cli->command;

	if (cli->arg_count < command->argument_min) {
		problem_set(&cli->problem, EXIT_USAGE,
			T("something is missing: %s"), command->arguments);
	} else if (cli->arg_count > command->argument_max) {
		problem_set(&cli->problem, EXIT_USAGE, T("%s is too much here"),
			cli->args[command->argument_max]);
	} else {
		return true;
	}
	return problem_hint(&cli->problem, "roadbook %s %s%s%s", cli->noun,
		command->verb ? command->verb : "", command->verb ? " " : "",
		command->arguments ? command->arguments : "");
}

/* Everything that is typed is text, but for the names of files. */
static bool
check_text(struct cli *cli, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *dir = cli_flag(cli, "dir");

		if (pack_utf8_valid((const uint8_t *)argv[i], strlen(argv[i])))
			continue;
		if ((cli->command->takes_file && cli->arg_count &&
			    argv[i] == cli->args[cli->arg_count - 1]) ||
			(dir && strstr(argv[i], dir)))
			continue;
		problem_set(&cli->problem, EXIT_USAGE,
			T("%s is not valid UTF-8"), argv[i]);
		return problem_hint(&cli->problem,
			T("type it in a terminal whose encoding is UTF-8"));
	}
	return true;
}

const struct command *
cli_parse(struct cli *cli, int argc, char **argv)
{
	const char *words[3] = {NULL, NULL, NULL};
	size_t used = 0;
	enum language language;
	const char *lang = NULL;

	/* Before anything is said, in which language, and how. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			cli->json = true;
		if (is_common(argv[i], "lang"))
			lang = strchr(argv[i], '=') ? strchr(argv[i], '=') + 1
				: i + 1 < argc      ? argv[i + 1]
						    : "";
	}
	if (lang || !cli->served) {
		bool known = text_choose_language(lang, &language);

		text_set_language(language);
		if (!known) {
			problem_set(&cli->problem, EXIT_USAGE,
				T("there is no language %s"), lang);
			problem_hint(&cli->problem, "--lang en, --lang zh");
			return NULL;
		}
	}
	if (!cli->served)
		give_up_as(cli->json);
	find_words(argc, argv, words);
	cli->command = find_command(cli, words, &used);
	if (!cli->command) {
		unknown_command(cli, words);
		return NULL;
	}
	if (!parse_arguments(cli, argc, argv, used))
		return NULL;
	cli->dir = cli_flag(cli, "dir");
	cli->as = cli_flag(cli, "as");
	if (cli_has_flag(cli, "help"))
		return cli->command;
	return check_text(cli, argc, argv) && check_arguments(cli)
		? cli->command
		: NULL;
}

void
cli_clear(struct cli *cli)
{
	for (size_t i = 0; i < cli->flag_count; i++) {
		/* Names are ours, values lead into the command line. */
		free((void *)(uintptr_t)cli->flags[i].name);
	}
	free(cli->flags);
	free(cli->args);
	cli->flags = NULL;
	cli->args = NULL;
	cli->flag_count = cli->arg_count = 0;
}

enum exit_code
cli_print_problem(struct cli *cli)
{
	const struct problem *p = &cli->problem;

	if (cli->json) {
		output_json(cli->err,
			json_pack("{s:{s:s, s:s, s:s}}", "error", "code",
				exit_code_name(p->code), "message", p->message,
				"hint", p->hint));
		return p->code;
	}
	output_format(cli->err, "%s%s\n", T("error: "), p->message);
	if (p->hint[0])
		output_format(cli->err, "%s%s\n", T("  try: "), p->hint);
	return p->code;
}

static bool
is_word(const char *word, const char *is)
{
	return word && strcmp(word, is) == 0;
}

/* Whether help was asked for: in so many words, or with none at all. */
static bool
wants_help(const struct cli *cli, int argc, char **argv)
{
	const char *words[4] = {NULL, NULL, NULL, NULL};

	find_words(argc, argv, words);
	if (!words[0] || is_word(words[0], "help") || is_word(words[0], "-h"))
		return true;
	if (cli->command)
		return cli_has_flag(cli, "help");
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

/* Without a command: only the options that every command has. */
static bool
check_bare_flags(struct cli *cli, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const struct command_flag *f = command_common_flags;

		while (f->name && !is_common(argv[i], f->name))
			f++;
		if (f->name || strncmp(argv[i], "--", 2) != 0)
			continue;
		problem_set(&cli->problem, EXIT_USAGE,
			T("there is no option --%s here"), argv[i] + 2);
		return problem_hint(
			&cli->problem, T("roadbook --help lists all commands"));
	}
	return true;
}

static bool
print_version(struct cli *cli)
{
	if (cli->json)
		output_json(cli->out,
			json_pack("{s:s}", "version", ROADBOOK_VERSION));
	else
		output_format(cli->out, "roadbook %s\n", ROADBOOK_VERSION);
	return true;
}

/* Help on what was named; false when there is nothing of that name. */
static bool
give_help(struct cli *cli, int argc, char **argv)
{
	const char *words[4] = {NULL, NULL, NULL, NULL};
	const char **noun = words;
	char two[64] = "";

	find_words(argc, argv, words);
	for (int i = 1; !words[0] && i < argc; i++)
		if (is_word(argv[i], "--version"))
			return print_version(cli);
	if (!words[0] && !check_bare_flags(cli, argc, argv))
		return false;
	if (is_word(words[0], "help"))
		noun++;
	if (is_word(*noun, "-h"))
		*noun = NULL;
	if (*noun && !help_has_noun(*noun))
		return unknown_command(cli, noun);
	if (*noun && noun[1])
		(void)snprintf(two, sizeof two, "%s %s", noun[0], noun[1]);
	if (!cli->command && *two && help_has_noun(two)) {
		/* `hub user` is one noun. */
		help_print(cli, NULL, two);
		return true;
	}
	help_print(cli,
		cli->command ? cli->command
			     : (*noun ? command_find(*noun, noun[1]) : NULL),
		*noun);
	return true;
}

/* What was printed may lack what the disk did not give. */
static bool
disk_was_sound(struct cli *cli, unsigned troubles)
{
	if (trouble_count() == troubles)
		return true;
	problem_set(&cli->problem, EXIT_FAILED,
		T("the disk failed meanwhile: %s"), trouble_text());
	return problem_hint(&cli->problem,
		T("what was printed may not be whole; see that the disk is "
		  "sound and has room, then again"));
}

enum exit_code
cli_run(struct cli *cli, int argc, char **argv)
{
	const struct command *command = cli_parse(cli, argc, argv);
	unsigned troubles = trouble_count();
	bool done;

	if (wants_help(cli, argc, argv))
		done = give_help(cli, argc, argv);
	else
		done = command && command->run(cli);
	/* That something was not found is not known either. */
	if (done || cli->problem.code != EXIT_FAILED)
		done = disk_was_sound(cli, troubles) && done;
	if (!done)
		(void)cli_print_problem(cli); /* its code is the problem's */
	cli_clear(cli);
	return done ? EXIT_DONE : cli->problem.code;
}
