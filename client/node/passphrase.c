#include "client/node/passphrase.h"

#include <errno.h>
#include <fcntl.h>
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

static bool
ask_once(const char *what, struct passphrase *p)
{
	struct termios shown, hidden;
	bool read;

	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return false;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	/* Before the question: what answers it must be neither seen nor lost.
	 */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden); /* then it shows */
	(void)fprintf(stderr, "%s: ", what);
	(void)fflush(stderr);
	read = read_text(STDIN_FILENO, true, p);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
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
