/*
 * Shows a program a machine that was started just now: what it reads as the
 * kernel's id of this start, and as how long the machine is up, comes from the
 * files that ROADBOOK_BOOT_ID and ROADBOOK_UPTIME name. The clock is
 * libfaketime's business.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* The file that stands for this one. */
static const char *
instead_of(const char *path)
{
	const char *other = NULL;

	if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
		other = getenv("ROADBOOK_BOOT_ID");
	else if (strcmp(path, "/proc/uptime") == 0)
		other = getenv("ROADBOOK_UPTIME");
	return other ? other : path;
}

/*
 * Every way to open is this one: another library that is put before this may
 * make its opens out of it.
 */
int
openat(int at, const char *path, int flags, ...)
{
	static int (*next)(int, const char *, int, ...);
	va_list arguments;
	mode_t mode;

	if (!next)
		next = (int (*)(int, const char *, int, ...))dlsym(
			RTLD_NEXT, "openat");
	va_start(arguments, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return next(at, instead_of(path), flags, mode);
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return openat(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return openat(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int
__open_2(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags);
}

int
__open64_2(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags | O_LARGEFILE);
}
