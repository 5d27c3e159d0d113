#include "client/store/trouble.h"

#include <errno.h>
#include <sqlite3.h>

#include "client/text/text.h"

static unsigned count;
static int failed; /* SQLITE_… */

static void
note(void *self, int code, const char *message)
{
	(void)self;
	(void)message; /* it has our SQL in it, which is for nobody */
	switch (code & 0xff) {
	case SQLITE_IOERR:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FULL:
	case SQLITE_NOMEM:
	case SQLITE_READONLY:
	case SQLITE_PROTOCOL:
		count++;
		failed = code & 0xff;
		break;
	default:
		break;
	}
}

void
trouble_watch(void)
{
	/* It can fail only when SQLite runs already. */
	(void)sqlite3_config(SQLITE_CONFIG_LOG, note, NULL);
	/* Nobody asks how much it has: a lock less at each allocation. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

unsigned
trouble_count(void)
{
	return count;
}

void
trouble_back_to(unsigned earlier)
{
	count = earlier;
}

const char *
trouble_text(void)
{
	switch (failed) {
	case SQLITE_FULL:
		return text_errno(ENOSPC);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return T("the file is damaged");
	case SQLITE_READONLY:
		return text_errno(EROFS);
	default:
		return text_errno(EIO);
	}
}
