#ifndef CLIENT_PAGE_DESCRIBE_H
#define CLIENT_PAGE_DESCRIBE_H

#include <jansson.h>

#include "proto/schema.h"

/* What there is to read and write, told to programs: all from the schema. */

/*
 * The business types in order, for forms:
 *
 *     [{"type":…, "en":…, "zh":…, "immutable":…, "title":…, "title_else":…,
 *       "fields":[{"name":…, "en":…, "zh":…, "kind":"put|once|set",
 *                  "form":"text|prose|date|…", "required":…, "rank":1..3,
 *                  "refers":TYPE, "codes":[{"code","en","zh"}…],
 *                  "parts":[…]}…]}…]
 *
 * Of an immutable type the fields are the parts of its one value. Marks are
 * left out. A new reference.
 */
json_t *describe_schema(const struct schema *schema);

/* The API as an OpenAPI 3.1 document. A new reference. */
json_t *describe_openapi(const struct schema *schema);

#endif
