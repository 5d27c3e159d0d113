#include "client/node/hub/invitation.h"

#include <string.h>

#include "client/store/setting.h"

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _invitation("
	"id BLOB PRIMARY KEY, secret BLOB NOT NULL, user BLOB NOT NULL, "
	"expires INTEGER NOT NULL, sign_key BLOB)";

enum status
invitation_add(struct node *node, const struct invitation *invitation)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"INSERT INTO _invitation(id, secret, user, expires) "
		"VALUES(?1, ?2, ?3, ?4)");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, invitation->id, ID_BYTES);
	setting_bind(s, 2, invitation->secret, TOKEN_SECRET_SIZE);
	setting_bind(s, 3, invitation->user, ID_BYTES);
	(void)sqlite3_bind_int64(s, 4, invitation->expires_ms); /* in range */
	return setting_run(s);
}

enum status
invitation_redeem(struct node *node, const uint8_t *id, const uint8_t *sign_key)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"UPDATE _invitation SET sign_key = ?2 WHERE id = ?1");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, id, ID_BYTES);
	setting_bind(s, 2, sign_key, SIGNING_KEY_SIZE);
	return setting_run(s);
}

enum status
invitation_withdraw(struct node *node, const uint8_t *user)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"DELETE FROM _invitation WHERE user = ?1 "
		"AND sign_key IS NULL");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, user, ID_BYTES);
	return setting_run(s);
}

enum status
invitation_remove(struct node *node, const uint8_t *id)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"DELETE FROM _invitation WHERE id = ?1 "
		"AND sign_key IS NULL");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, id, ID_BYTES);
	return setting_run(s);
}

/* The column's bytes, which must be exactly so many. */
static bool
column_bytes(sqlite3_stmt *s, int column, void *out, int size)
{
	if (sqlite3_column_bytes(s, column) != size)
		return false;
	memcpy(out, sqlite3_column_blob(s, column), (size_t)size);
	return true;
}

enum status
invitation_find(
	struct node *node, const uint8_t *id, struct invitation *invitation)
{
	sqlite3_stmt *s = setting_prepare(node->store, create,
		"SELECT secret, user, expires, sign_key FROM _invitation "
		"WHERE id = ?1");
	enum status status = STATUS_ABSENT;

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, id, ID_BYTES);
	if (sqlite3_step(s) == SQLITE_ROW) {
		memcpy(invitation->id, id, ID_BYTES);
		invitation->expires_ms = sqlite3_column_int64(s, 2);
		invitation->redeemed = column_bytes(
			s, 3, invitation->sign_key, SIGNING_KEY_SIZE);
		status = column_bytes(
				 s, 0, invitation->secret, TOKEN_SECRET_SIZE) &&
				column_bytes(s, 1, invitation->user, ID_BYTES)
			? STATUS_OK
			: STATUS_FAILED;
	}
	(void)sqlite3_finalize(s); /* only read */
	return status;
}

/* ---- those that a device asked for ---- */

static const char create_asked[] =
	"CREATE TABLE IF NOT EXISTS _invitation_asked("
	"id BLOB PRIMARY KEY, device BLOB NOT NULL) WITHOUT ROWID";

enum status
invitation_note_asked(
	struct node *node, const uint8_t *id, const uint8_t *device)
{
	sqlite3_stmt *s = setting_prepare(node->store, create_asked,
		"INSERT INTO _invitation_asked VALUES(?1, ?2)");

	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, id, ID_BYTES);
	setting_bind(s, 2, device, ID_BYTES);
	return setting_run(s);
}

enum status
invitation_asked(
	struct node *node, const uint8_t *id, uint8_t asked[static ID_BYTES])
{
	sqlite3_stmt *s = setting_prepare(node->store, create_asked,
		"SELECT device FROM _invitation_asked WHERE id = ?1");
	enum status status = STATUS_OK;

	memset(asked, 0, ID_BYTES);
	if (!s)
		return STATUS_FAILED;
	setting_bind(s, 1, id, ID_BYTES);
	if (sqlite3_step(s) == SQLITE_ROW &&
		!column_bytes(s, 0, asked, ID_BYTES))
		status = STATUS_FAILED;
	(void)sqlite3_finalize(s); /* only read */
	return status;
}

enum status
invitation_asked_open(
	struct node *node, const uint8_t *user, int64_t now_ms, uint32_t *count)
{
	sqlite3_stmt *made = setting_prepare(node->store, create, "SELECT 1");
	sqlite3_stmt *s = setting_prepare(node->store, create_asked,
		"SELECT count(*) FROM _invitation NATURAL JOIN "
		"_invitation_asked WHERE user = ?1 AND sign_key IS NULL "
		"AND expires > ?2");
	enum status status = STATUS_FAILED;

	(void)sqlite3_finalize(made); /* the table is there now */
	if (!s)
		return status;
	setting_bind(s, 1, user, ID_BYTES);
	(void)sqlite3_bind_int64(s, 2, now_ms); /* in range */
	if (sqlite3_step(s) == SQLITE_ROW) {
		*count = (uint32_t)sqlite3_column_int64(s, 0);
		status = STATUS_OK;
	}
	(void)sqlite3_finalize(s); /* only read */
	return status;
}
