#ifndef TESTS_SYNC_REPLICA_H
#define TESTS_SYNC_REPLICA_H

#include "sync/territory.h"

/*
 * A node of a small company, for tests: a territory on a store in memory, and
 * a directory that tests may change. Logs go by a letter: M is a manager's, H
 * head office's, all others are reps'. Records go by a letter, too.
 */

enum {
	T_ACCOUNT = 16,
	T_CONTACT = 17,

	F_NAME = 9,    /* account: latest */
	F_LEGAL = 13,  /* account: ask */
	F_OWNER = 17,  /* account: senior */
	F_PHONES = 21, /* account: a set */
	F_TIER = 22,   /* account: latest, managers only */
	F_SOURCE = 25, /* account: once */

	F_ACCOUNT = 9, /* contact: its parent */
};

extern const struct schema replica_schema;
/* An older program's: it knows accounts by their name only, no contacts. */
extern const struct schema replica_schema_old;

struct replica {
	struct store *store;
	struct territory *territory;
	int64_t now_ms;
	/* The directory. */
	int64_t cuts[128]; /* by letter; INT64_MAX: none */
	bool unknown[128]; /* its grant was not heard of */
	bool never[128];   /* its grant does not fit */
};

void replica_open(struct replica *replica, const struct schema *schema);
void replica_close(struct replica *replica);

const uint8_t *replica_log(char letter);
const uint8_t *replica_id(char letter);
uint32_t replica_log_number(struct replica *replica, char letter);

/* An operation; `text` NULL is nil. Its value lies in a static ring. */
struct write_operation replica_text(enum operation_kind kind, uint32_t type,
	char id, uint32_t field, const char *text);
struct write_operation replica_mark(
	uint32_t type, char id, uint32_t field, bool on);
struct write_operation replica_parent(char contact, char account);
struct write_operation replica_joined(char smaller, char greater, bool on);

/* Writes one operation; the change's number, 0 when nothing was written. */
int64_t replica_write(
	struct replica *replica, char log, struct write_operation operation);
/* The same, and what the person had not seen. */
enum status replica_write_all(struct replica *replica, char log,
	struct write_operation *list, size_t count,
	const struct unseen_range *unseen, uint32_t unseen_count, int64_t *seq);

/* Seals all own changes. */
void replica_seal(struct replica *replica, const char *logs);
/* Sends what `to` lacks, settles there; the count of segments kept. */
uint32_t replica_send(struct replica *from, struct replica *to);
void replica_settle(struct replica *replica);
/* Seals raw changes as the next segment of a log and keeps it. */
enum message_verdict replica_keep_raw(struct replica *replica, char log,
	int64_t first, uint32_t count, const uint8_t *previous,
	const uint8_t *raw, uint32_t size, uint8_t *name);

/* Loads a record. Clear it. */
void replica_record(struct replica *replica, uint32_t type, char id,
	struct record *record, struct shown *shown);
/* Whether a put field shows the text; NULL: it is empty. */
bool replica_shows(struct replica *replica, uint32_t type, char id,
	uint32_t field, const char *text);
bool replica_archived(struct replica *replica, char account);
uint32_t replica_siblings(
	struct replica *replica, uint32_t type, char id, uint32_t field);
bool replica_equal(struct replica *a, struct replica *b);

/* The one device key of the company's tests. */
segment_key_cb replica_key;
extern const uint8_t replica_company[32];

#endif
