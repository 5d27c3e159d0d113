#include <sodium.h>
#include <string.h>

#include "client/store/cipher_inside.h"

/*
 * A WAL is a header and frames, each a header and a page. The headers stay as
 * they are but for their sums: page number, size of the database, salts. The
 * salts do not go into the seal: SQLite writes frames of a large transaction
 * with zeros there first, and the header again later.
 */
enum {
	AT_SALTS = 8,
	AT_SUMS = 16,
};

/* Puts the mask on a frame's sums, or takes it off. */
static void
mask(struct cipher_file *f, sqlite3_int64 frame, uint8_t *header)
{
	page_mask_frame(f->vfs->keys, (uint64_t)frame, header + AT_SALTS,
		header + AT_SUMS);
}

static int
read_header(struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 frame,
	int skip)
{
	uint8_t header[FRAME_HEADER];
	int code = cipher_beneath_read(f, header, sizeof header, frame);

	mask(f, frame, header);
	memcpy(out, header + skip, (size_t)size);
	return code;
}

/* The checkpoint is ours: the page goes on as it is. */
static int
hand(struct cipher_file *f, uint8_t *out)
{
	const uint8_t *sealed = f->scratch + FRAME_HEADER;

	f->vfs->handed = cipher_number(f->scratch);
	memcpy(f->vfs->handed_end, sealed + PAGE_SEAL_SIZE - PAGE_SEAL_ROOM,
		PAGE_SEAL_ROOM);
	memcpy(out, sealed, PAGE_SEAL_SIZE);
	return SQLITE_OK;
}

static int
read_page(struct cipher_file *f, uint8_t *out, sqlite3_int64 frame)
{
	int code = cipher_beneath_read(f, f->scratch, FRAME_SIZE, frame);
	uint32_t number = cipher_number(f->scratch);

	if (code != SQLITE_OK) {
		memset(out, 0, PAGE_SEAL_SIZE);
		return code;
	}
	if (f->vfs->handing)
		return hand(f, out);
	if (cipher_open(f, PAGE_STORED, number, f->scratch + FRAME_HEADER, out))
		return SQLITE_OK;
	memset(out, 0, PAGE_SEAL_SIZE);
	return cipher_damaged(f, number);
}

/* Header and page in one: SQLite goes through the log after a crash. */
static int
read_frame(struct cipher_file *f, uint8_t *out, sqlite3_int64 frame)
{
	int code = cipher_beneath_read(f, f->scratch, FRAME_SIZE, frame);

	if (code != SQLITE_OK) {
		memset(out, 0, FRAME_SIZE);
		return code;
	}
	memcpy(out, f->scratch, FRAME_HEADER);
	mask(f, frame, out);
	if (cipher_open(f, PAGE_STORED, cipher_number(f->scratch),
		    f->scratch + FRAME_HEADER, out + FRAME_HEADER))
		return SQLITE_OK;
	return cipher_torn_frame(out + FRAME_HEADER);
}

int
cipher_wal_read(struct cipher_file *f, uint8_t *out, int size, sqlite3_int64 at)
{
	int skip = at < WAL_HEADER ? 0 : (int)((at - WAL_HEADER) % FRAME_SIZE);
	sqlite3_int64 frame = at - skip;

	if (at < WAL_HEADER && at + size <= WAL_HEADER)
		return cipher_beneath_read(f, out, size, at);
	if (at >= WAL_HEADER && skip + size <= FRAME_HEADER)
		return read_header(f, out, size, frame, skip);
	if (at >= WAL_HEADER && skip == 0 && size == FRAME_SIZE)
		return read_frame(f, out, frame);
	if (at >= WAL_HEADER && skip == FRAME_HEADER && size == PAGE_SEAL_SIZE)
		return read_page(f, out, frame);
	return cipher_refuse(f, SQLITE_IOERR_READ, size, at);
}

static int
write_header(struct cipher_file *f, const uint8_t *bytes, sqlite3_int64 frame)
{
	uint8_t header[FRAME_HEADER];

	memcpy(header, bytes, sizeof header);
	f->number_at = frame;
	f->number = cipher_number(header);
	mask(f, frame, header);
	return cipher_beneath_write(f, header, sizeof header, frame);
}

/* A page may be written again with no header before it. */
static int
write_page(struct cipher_file *f, const uint8_t *page, sqlite3_int64 frame)
{
	uint8_t number[4];
	int code;

	if (f->number_at != frame) {
		code = cipher_beneath_read(f, number, sizeof number, frame);
		if (code != SQLITE_OK)
			return code;
		f->number_at = frame;
		f->number = cipher_number(number);
	}
	if (!cipher_seal(f, PAGE_STORED, f->number, page, f->scratch))
		return cipher_refuse(f, SQLITE_IOERR_WRITE, PAGE_SEAL_SIZE,
			frame + FRAME_HEADER);
	return cipher_beneath_write(
		f, f->scratch, PAGE_SEAL_SIZE, frame + FRAME_HEADER);
}

int
cipher_wal_write(
	struct cipher_file *f, const uint8_t *bytes, int size, sqlite3_int64 at)
{
	int skip = at < WAL_HEADER ? 0 : (int)((at - WAL_HEADER) % FRAME_SIZE);

	if (at == 0 && size == WAL_HEADER)
		return cipher_beneath_write(f, bytes, size, at);
	if (at >= WAL_HEADER && skip == 0 && size == FRAME_HEADER)
		return write_header(f, bytes, at);
	if (at >= WAL_HEADER && skip == FRAME_HEADER && size == PAGE_SEAL_SIZE)
		return write_page(f, bytes, at - FRAME_HEADER);
	return cipher_refuse(f, SQLITE_IOERR_WRITE, size, at);
}
