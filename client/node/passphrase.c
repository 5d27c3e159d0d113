#include "client/node/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sync/alloc.h"

enum { PASSPHRASE_MIN = 8 };

static struct passphrase *
passphrase_new(void)
{
	struct passphrase *p = sodium_malloc(sizeof *p);

	if (!p)
		alloc_failed();
	p->size = 0;
	return p;
}

void
passphrase_free(struct passphrase *passphrase)
{
	sodium_free(passphrase);
}

bool
passphrase_good(const struct passphrase *passphrase, struct problem *problem)
{
	if (passphrase->size >= PASSPHRASE_MIN)
		return true;
	problem_set(problem, EXIT_USAGE, T("a passphrase has %d bytes or more"),
		(int)PASSPHRASE_MIN);
	return problem_hint(problem,
		T("four or five words that nobody would guess of you"));
}

/* All there is, or with `line` up to its end; without the end itself. */
static bool
read_text(int fd, bool line, struct passphrase *p)
{
	while (p->size < sizeof p->text) {
		ssize_t n = read(fd, p->text + p->size,
			line ? 1 : sizeof p->text - p->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		p->size += (size_t)n;
		if (line && p->text[p->size - 1] == '\n')
			break;
	}
	if (p->size && p->text[p->size - 1] == '\n')
		p->size--;
	if (p->size && p->text[p->size - 1] == '\r')
		p->size--;
	errno = p->size == sizeof p->text ? EFBIG : 0;
	return errno == 0;
}

static bool
from_descriptor(
	int fd, const char *name, struct passphrase *p, struct problem *problem)
{
	if (!read_text(fd, false, p))
		return problem_set(problem, EXIT_LOCKED, "%s: %s", name,
			text_errno(errno));
	if (p->size)
		return true;
	return problem_set(
		problem, EXIT_LOCKED, T("there is no passphrase in %s"), name);
}

static bool
from_file(const char *path, struct passphrase *p, struct problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool read;

	if (fd < 0)
		return problem_set(problem, EXIT_LOCKED, "%s: %s", path,
			text_errno(errno));
	read = from_descriptor(fd, path, p, problem);
	(void)close(fd); /* only read */
	return read;
}

/*
 * Whoever ends or stops the program while it asks gets the terminal back as it
 * was: these signals wait until it is. tcsetattr() may be called in a handler.
 */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { ENDINGS = sizeof ending / sizeof *ending };

static struct termios shown, hidden;

static void watch_signal(int signal_number);

static void
give_back(int signal_number)
{
	int before = errno;
	ssize_t written;

	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &shown); /* as it was */
	written = write(STDERR_FILENO, "\n", 1);
	(void)written; /* only a line's end */
	/* The handler was for once: what would have happened, happens. */
	(void)raise(signal_number);
	/* It was stopped, and goes on. */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	watch_signal(signal_number);
	errno = before;
}

static void
watch_signal(int signal_number)
{
	struct sigaction action = {.sa_handler = give_back,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

	(void)sigaction(signal_number, &action, NULL); /* cannot fail */
}

static void
watch_signals(struct sigaction before[static ENDINGS])
{
	for (int i = 0; i < ENDINGS; i++) {
		(void)sigaction(ending[i], NULL, &before[i]);
		/* Who started us so that we do not hear it means that. */
		if (before[i].sa_handler != SIG_IGN)
			watch_signal(ending[i]);
	}
}

static void
ignore_signals(const struct sigaction before[static ENDINGS])
{
	for (int i = 0; i < ENDINGS; i++)
		(void)sigaction(ending[i], &before[i], NULL);
}

static bool
ask_once(const char *what, struct passphrase *p)
{
	struct sigaction before[ENDINGS];
	bool read;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	watch_signals(before);
	/* Before the question: what answers it must be neither seen nor lost.
	 */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden); /* then it shows */
	(void)fprintf(stderr, "%s: ", what);
	(void)fflush(stderr);
	read = read_text(STDIN_FILENO, true, p);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	ignore_signals(before);
	(void)fputc('\n', stderr);
	return read && p->size;
}

static bool
from_person(const char *what, bool twice, struct passphrase *p,
	struct problem *problem)
{
	struct passphrase *again;
	bool same;

	if (!ask_once(what, p))
		return problem_set(
			problem, EXIT_LOCKED, T("no passphrase was typed"));
	if (!twice)
		return true;
	again = passphrase_new();
	same = ask_once(T("again"), again) && again->size == p->size &&
		sodium_memcmp(again->text, p->text, p->size) == 0;
	passphrase_free(again);
	if (same)
		return true;
	return problem_set(problem, EXIT_USAGE, T("the two were not the same"));
}

static bool
nobody_to_ask(struct problem *problem)
{
	problem_set(problem, EXIT_LOCKED,
		T("a passphrase is needed, and there is nobody to ask"));
	return problem_hint(problem,
		T("--passphrase-file FILE, ROADBOOK_PASSPHRASE_FILE or "
		  "--passphrase-fd N; or a terminal, where roadbook unlock "
		  "keeps it for a while"));
}

struct passphrase *
passphrase_read(const struct passphrase_source *source, const char *what,
	bool twice, struct problem *problem)
{
	const char *named = source->variable ? getenv(source->variable) : NULL;
	struct passphrase *p = passphrase_new();
	bool read;

	if (source->file)
		read = from_file(source->file, p, problem);
	else if (source->descriptor >= 0)
		read = from_descriptor(
			source->descriptor, "--passphrase-fd", p, problem);
	else if (named && *named)
		read = from_file(named, p, problem);
	else if (isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1)
		read = from_person(what, twice, p, problem);
	else
		read = nobody_to_ask(problem);
	if (read)
		return p;
	passphrase_free(p);
	return NULL;
}
