#include <sodium.h>
#include <string.h>

#include "client/store/cipher_inside.h"

/* A page, or the beginning of one, that was cut off. */
static int
short_read(struct cipher_file *f, sqlite3_int64 start, bool *partial)
{
	sqlite3_int64 size;
	sqlite3_file *beneath = cipher_beneath(f);
	int code = beneath->pMethods->xFileSize(beneath, &size);

	*partial = size > start;
	return code;
}

/* Page 1 has another mark: it is not ours, or was never written whole. */
static int
unreadable(struct cipher_file *f, uint32_t number)
{
	if (number == 1 &&
		memcmp(f->scratch, page_mark(f->vfs->keys),
			PAGE_SEAL_MARK_SIZE) != 0)
		return SQLITE_NOTADB;
	return cipher_damaged(f, number);
}

int
cipher_main_read(
	struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 at)
{
	sqlite3_int64 start = at - at % PAGE_SEAL_SIZE;
	int skip = (int)(at - start), code;
	uint32_t number = (uint32_t)(start / PAGE_SEAL_SIZE + 1);
	bool partial = false;

	if (skip + size > PAGE_SEAL_SIZE)
		return cipher_refuse(f, SQLITE_IOERR_READ, size, at);
	code = cipher_beneath_read(f, f->scratch, PAGE_SEAL_SIZE, start);
	if (code == SQLITE_IOERR_SHORT_READ) {
		int asked = short_read(f, start, &partial);

		if (asked != SQLITE_OK)
			code = asked;
	}
	if (code != SQLITE_OK && !partial) {
		memset(out, 0, (size_t)size);
		return code;
	}
	if (partial ||
		!cipher_open(f, PAGE_STORED, number, f->scratch, f->scratch)) {
		if (number == 1 && cipher_torn_header(out, size, at))
			return SQLITE_OK;
		memset(out, 0, (size_t)size);
		return unreadable(f, number);
	}
	memcpy(out, f->scratch + skip, (size_t)size);
	sodium_memzero(f->scratch, PAGE_SEAL_SIZE);
	return SQLITE_OK;
}

int
cipher_main_write(
	struct cipher_file *f, const uint8_t *bytes, int size, sqlite3_int64 at)
{
	struct cipher_vfs *vfs = f->vfs;
	uint32_t number = (uint32_t)(at / PAGE_SEAL_SIZE + 1);

	if (size != PAGE_SEAL_SIZE || at % PAGE_SEAL_SIZE != 0)
		return cipher_refuse(f, SQLITE_IOERR_WRITE, size, at);
	/* The very page that came sealed from the WAL. */
	if (vfs->handing && number == vfs->handed &&
		memcmp(bytes + PAGE_SEAL_SIZE - PAGE_SEAL_ROOM, vfs->handed_end,
			PAGE_SEAL_ROOM) == 0)
		return cipher_beneath_write(f, bytes, size, at);
	if (!cipher_seal(f, PAGE_STORED, number, bytes, f->scratch))
		return cipher_refuse(f, SQLITE_IOERR_WRITE, size, at);
	return cipher_beneath_write(f, f->scratch, size, at);
}
