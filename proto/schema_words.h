#ifndef PROTO_SCHEMA_WORDS_H
#define PROTO_SCHEMA_WORDS_H

#include "proto/schema.h"
#include "proto/schema_roadbook.h"

/*
 * The words in which the shipped schema is written, one field a line, and the
 * fields that stand in a file of their own. For the files of the schema only.
 */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* How a field merges: its kind and, for a put field, its order. */
#define LATEST .kind = KIND_PUT, .order = ORDER_LATEST
#define HIGHEST .kind = KIND_PUT, .order = ORDER_HIGHEST
#define SENIOR .kind = KIND_PUT, .order = ORDER_SENIOR
#define ASK .kind = KIND_PUT, .order = ORDER_ASK
#define ONCE .kind = KIND_ONCE
#define SET .kind = KIND_SET

/* What it holds, in fields and in parts. */
#define BOOL .form = FORM_BOOL
#define INT .form = FORM_INT
#define TEXT .form = FORM_TEXT
#define PROSE .form = FORM_PROSE
#define DATE .form = FORM_DATE
#define TIME .form = FORM_TIME
#define BYTES .form = FORM_BYTES
#define MONEY .form = FORM_MONEY
#define AMOUNT .form = FORM_AMOUNT
#define CODE(list_) .form = FORM_CODE, .codes = {list_, COUNT(list_)}
#define OPEN(list_) .form = FORM_OPEN, .codes = {list_, COUNT(list_)}
#define CURRENCY                                                               \
	.form = FORM_OPEN, .codes = {schema_currencies, SCHEMA_CURRENCIES}
#define REF(type_) .form = FORM_REF, .refers = (type_)
#define TUPLE(parts_)                                                          \
	.form = FORM_TUPLE, .parts = (parts_), .part_count = COUNT(parts_)

#define PARENT .parent = true
#define REQUIRED .required = true

/* Marks; false is shown above true. */
#define ARCHIVED SCHEMA_ARCHIVED, "archived", "Archived", "已归档", LATEST, BOOL
#define MOVED SCHEMA_MOVED, "moved", "Handed over", "已移交", LATEST, BOOL

/*
 * Fields of other files than schema_roadbook.c. An array that is not filled
 * ends in fields without a number, which schema_check() refuses.
 */
enum {
	/* What a handover lives on: schema_method.c */
	RATING_FIELDS = 3,
	CONTACT_OWNER_FIELDS = 8,
	CONTACT_LINK_FIELDS = 9,
	ACCOUNT_MEMBER_FIELDS = 3,
	ACCOUNT_ASSIGNMENT_FIELDS = 3,
	ACTION_FIELDS = 18,
	INTEL_FIELDS = 3,
	HANDOVER_FIELDS = 26,
	/* schema_directory.c */
	COMPANY_FIELDS = 5,
	USER_FIELDS = 4,
	DEVICE_FIELDS = 10,
	TERRITORY_FIELDS = 4,
	GRANT_FIELDS = 5,
	ENDING_FIELDS = 2,
	CUTOFF_FIELDS = 1,
	HUB_ADDRESS_FIELDS = 2,
	/* schema_erasure.c */
	ERASURE_FIELDS = 1,
	REPLACEMENT_FIELDS = 1,
};
extern const struct schema_field schema_rating_fields[RATING_FIELDS];
extern const struct schema_field
	schema_contact_owner_fields[CONTACT_OWNER_FIELDS];
extern const struct schema_field
	schema_contact_link_fields[CONTACT_LINK_FIELDS];
extern const struct schema_field
	schema_account_member_fields[ACCOUNT_MEMBER_FIELDS];
extern const struct schema_field
	schema_account_assignment_fields[ACCOUNT_ASSIGNMENT_FIELDS];
extern const struct schema_field schema_action_fields[ACTION_FIELDS];
extern const struct schema_field schema_intel_fields[INTEL_FIELDS];
extern const struct schema_field schema_handover_fields[HANDOVER_FIELDS];
extern const struct schema_field schema_company_fields[COMPANY_FIELDS];
extern const struct schema_field schema_user_fields[USER_FIELDS];
extern const struct schema_field schema_device_fields[DEVICE_FIELDS];
extern const struct schema_field schema_territory_fields[TERRITORY_FIELDS];
extern const struct schema_field schema_grant_fields[GRANT_FIELDS];
extern const struct schema_field schema_ending_fields[ENDING_FIELDS];
extern const struct schema_field schema_cutoff_fields[CUTOFF_FIELDS];
extern const struct schema_field schema_hub_address_fields[HUB_ADDRESS_FIELDS];
extern const struct schema_field schema_erasure_fields[ERASURE_FIELDS];
extern const struct schema_field schema_replacement_fields[REPLACEMENT_FIELDS];

#endif
