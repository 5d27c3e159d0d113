#ifndef TESTS_VECTORS_MERGE_VECTORS_VIEW_H
#define TESTS_VECTORS_MERGE_VECTORS_VIEW_H

#include "world.h"

/*
 * The replica's state in the form of an `expect` (MERGE 6), read back from the
 * store; a new reference. NULL with world->problem when reading failed, or
 * when the inbox that the store saved is not the one that is shown.
 */
json_t *view_make(struct world *world);

/* Puts the first difference into `text`; false when there is none. */
bool view_differs(
	const json_t *got, const json_t *want, char *text, size_t size);

#endif
