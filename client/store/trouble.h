#ifndef CLIENT_STORE_TROUBLE_H
#define CLIENT_STORE_TROUBLE_H

/*
 * What SQLite said of the disk behind our back. A query that ends in an error
 * looks, to whoever only wants its rows, like one that has no more of them: a
 * list would be cut short and nobody would know. So SQLite's log is watched,
 * and a command that was done while the disk failed was not done.
 *
 * Of the whole process, and of one thread: the one that has the store.
 */

/* Before anything else of SQLite is called. */
void trouble_watch(void);

/* How often a disk, or what lies on it, failed so far. */
unsigned trouble_count(void);
/* Makes nothing of what came since: it was expected, and does not matter. */
void trouble_back_to(unsigned count);
/* What was wrong the last time; static. */
const char *trouble_text(void);

#endif
