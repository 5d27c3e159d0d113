#ifndef SYNC_TERRITORY_INTERNAL_H
#define SYNC_TERRITORY_INTERNAL_H

#include "sync/territory.h"

/*
 * What the files behind sync/territory.h share: territory.c (logs, keeping),
 * frontier.c (comparing, what another lacks), reader.c (changes of a log, one
 * after the other), project.c (applying), batch.c (records in memory while
 * changes are applied), author.c (writing, sealing), history.c and verify.c
 * (reading back).
 */

/*
 * Reads the changes of one log in order, decompressing a segment once. Start
 * zeroed; reader_clear() frees.
 */
struct reader {
	uint8_t *raw; /* the changes of the segment, or one pending change */
	size_t raw_size;
	struct unpack at; /* behind the change that was read last */
	int64_t seq;      /* of that change; 0 before the first */
	int64_t last;     /* in raw */
	struct change change;
};

/* One log in memory. */
struct log_state {
	struct store_log saved;
	bool dirty;  /* `saved` differs from the store */
	int rank;    /* what the rules say: RANK_*, or RULES_* */
	int64_t cut; /* the last change that counts */
	/* What stand() found for a cut: the own segment there. */
	int64_t checked;                  /* that cut; 0: none was looked at */
	uint8_t there[SEGMENT_NAME_SIZE]; /* its name */
	bool lifted;    /* it rose: what went by it is to be projected again */
	int64_t last;   /* the last change here, kept or pending */
	int64_t broken; /* the change that cannot be read; 0 without one */
	/* It was here to there when it was dropped: territory_came_back(). */
	int64_t left;
	int64_t told_ms; /* that a change written here says; 0 before one does
			  */
	/*
	 * The first change of the first kept segment that is to be replaced,
	 * and the name of what stands before it; INT64_MAX without one.
	 */
	int64_t stale;
	uint8_t stale_previous[SEGMENT_NAME_SIZE];
	uint64_t stale_known; /* generation of the erasures that it is of */
	/* The change that its next one waits for; needs_seq 0 when none. */
	uint8_t needs_log[LOG_BYTES];
	uint32_t needs_number; /* LOG_NONE: not known here */
	int64_t needs_seq;
	struct reader reader;
};

#define LOG_NONE UINT32_MAX

struct cached;
struct parent;

/* Records that were loaded to be written, over the changes of one settling. */
struct batch {
	struct cached **list;
	uint32_t count, room;
	struct cached **buckets;
	size_t bytes; /* of the changes applied since it was emptied */
};

struct territory {
	struct store *store;
	struct territory_rules rules;
	uint8_t id[ID_BYTES];
	uint32_t number;
	uint32_t account; /* the type whose records an alias joins; 0: none */
	struct log_state *states; /* by number, as are the two below */
	struct merge_log *list;
	struct merge_logs logs;
	uint32_t *order; /* numbers, ascending by id */
	uint32_t room;
	struct batch batch;
	/*
	 * Records on which nothing outside bears: most parents, looked at again
	 * and again. NULL until a settling turns out to be a long one.
	 */
	struct parent *quiet;
	uint32_t erased;             /* marked records that it leaves out */
	bool reproject;              /* something else was replaced */
	size_t raw_size;             /* what the logs' readers hold */
	struct unseen_range *unseen; /* scratch of applying */
	uint32_t unseen_room;
	struct dot *lost; /* scratch of applying */
	uint32_t lost_count, lost_room;
	struct frontier_entry *frontier; /* what territory_frontier() gave */
};

/* territory.c */
uint32_t log_find(const struct territory *territory, const uint8_t *id);
/* The log's number; it is given one when it is new. */
enum status log_number(
	struct territory *territory, const uint8_t *id, uint32_t *number);
enum status log_save(struct territory *territory, uint32_t number);
/* territory_keep() where nothing is, and whatever is erased. */
enum status keep_new(struct territory *territory, const struct segment *segment,
	const uint8_t *bytes, bool quarantine, enum message_verdict *verdict);
int64_t log_cut(const struct territory *territory, const uint8_t *id);
/* Asks the rules again about every log. */
void logs_refresh(struct territory *territory);
void log_refresh(struct territory *territory, uint32_t number);

/*
 * reader.c. STATUS_OK, or STATUS_ABSENT (no such change here), _MALFORMED (a
 * buggy device sealed nonsense), _FAILED. The change is good until the next
 * call with this reader.
 */
enum status reader_read(struct territory *territory, struct reader *reader,
	uint32_t number, int64_t seq, const struct change **change);
void reader_clear(struct reader *reader);

/*
 * What an author knew, grown change by change from the start of a log. The
 * difference in a change only ever adds (MERGE W1). Logs that have no number
 * here never had a change that counts, so they are left out.
 */
void context_advance(const struct territory *territory, uint32_t own,
	int64_t seq, const struct change *change, int64_t **seen,
	uint32_t *count);
/* The change's unseen ranges in our numbers; grows *list. */
uint32_t unseen_read(const struct territory *territory,
	const struct change *change, struct unseen_range **list,
	uint32_t *room);
/* Brings ranges in the order that struct knowledge asks for. */
void unseen_sort(struct unseen_range *list, uint32_t count);

/* erased.c */
const struct erasures *erased_told(const struct territory *territory);
/* Whether what is written to the record does not count. */
bool erased_record(const struct territory *territory, uint32_t type,
	const uint8_t *id, size_t id_size);
/* Finds out what of a log is to be replaced, unless it is known. */
void erased_refresh(struct territory *territory, uint32_t number);
/* Whether it is an erasure exactly if the directory asks for that one. */
bool erased_in_place(
	const struct territory *territory, const struct segment *segment);
/* The same of one that comes, with the verdict otherwise. */
bool erased_may_come(const struct territory *territory,
	const struct segment *segment, enum message_verdict *verdict);
/* An erasure, in a place that is taken. */
enum status erased_keep(struct territory *territory, uint32_t number,
	const struct segment *segment, const uint8_t *bytes,
	enum message_verdict *verdict);
/* What is not sealed yet goes on without records that are erased. */
enum status erased_strip(struct territory *territory);

/* project.c */
enum status territory_apply(struct territory *territory, uint32_t number,
	int64_t seq, const struct change *change);
/*
 * The same for the change that was encoded from these operations, one at least:
 * its bytes are not read again (`head` is of change_head()).
 */
enum status territory_apply_own(struct territory *territory, uint32_t number,
	int64_t seq, const struct change *head,
	const struct operation *operations, size_t count);
/* Writes what applying left in memory and empties the batch. */
enum status territory_finish(struct territory *territory);

/* batch.c */
struct record;
enum status batch_get(struct territory *territory, uint32_t type,
	const uint8_t *id, size_t id_size, struct cached **out);
struct record *cached_record(struct cached *cached);
/* The record was changed and is to be written. */
void cached_touch(struct territory *territory, struct cached *cached);
/* A dot of the record's history that is no longer, or never was, live. */
void cached_remember(struct cached *cached, const struct dot *dot);
bool batch_full(const struct batch *batch);
enum status batch_flush(struct territory *territory);
/* Forgets all records; batch_flush() first to keep what was done. */
void batch_empty(struct batch *batch);
/* Remembers, until it is told to forget, which parents are not shown anew. */
void batch_expect_more(struct territory *territory);
void batch_forget_quiet(struct territory *territory);
/* Fills in *shown; shown->arena is set, the registers are sorted. */
enum status record_show(struct territory *territory,
	const struct record *record, struct shown *shown);

#endif
