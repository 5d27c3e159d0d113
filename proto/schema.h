#ifndef PROTO_SCHEMA_H
#define PROTO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Record types and their fields, declared once, as data. SQL tables, flags,
 * JSON, CSV columns, forms and the protocol page all derive from a value of
 * `struct schema`; merging needs none, showing does (MERGE). The shipped one
 * is schema_roadbook(); tests, older nodes and benchmarks hand in their own.
 *
 * Numbers are for ever: what is published never changes its number, kind,
 * order, form or writer rank. A change is a new field.
 */

/* Ranks of writers, which are the roles of grants. */
enum { RANK_NONE = 0, RANK_REP = 1, RANK_MANAGER = 2, RANK_HQ = 3 };

/*
 * Marks: boolean put fields with one number in every type (SCHEMA_JOINED: in
 * type alias only). False is shown above true.
 */
enum { SCHEMA_ARCHIVED = 1, SCHEMA_MOVED = 2, SCHEMA_JOINED = 5 };

/* The one type whose ids are two ids, smaller first: 32 bytes (MERGE R18). */
enum { SCHEMA_ALIAS = 1 };

/* The kind of operation that a field takes; a register's kind. */
enum schema_kind {
	KIND_PUT,  /* replaced by a later write that saw it */
	KIND_ONCE, /* the first write counts: `init` in MERGE */
	KIND_SET,  /* add and del of elements */
};

/*
 * Which of several live values a put field shows (MERGE R5). ORDER_HIGHEST is
 * for codes, in the order of their list, and for bool: false below true.
 */
enum schema_order { ORDER_LATEST, ORDER_HIGHEST, ORDER_SENIOR, ORDER_ASK };

/* The form of a value: its msgpack, its text, its SQL column. */
enum schema_form {
	FORM_BOOL,   /* bool */
	FORM_INT,    /* integer */
	FORM_TEXT,   /* text, at most SCHEMA_TEXT_MAX bytes */
	FORM_PROSE,  /* text, at most SCHEMA_PROSE_MAX bytes */
	FORM_DATE,   /* text YYYY-MM-DD, a day without a zone */
	FORM_CODE,   /* text out of a closed list, which input holds to */
	FORM_OPEN,   /* text; the list labels the codes that it knows */
	FORM_REF,    /* bytes: the id of a record of type `refers` */
	FORM_BYTES,  /* bytes: keys and hashes */
	FORM_TIME,   /* tuple {1: ms since 1970 UTC, 2: offset in minutes} */
	FORM_MONEY,  /* tuple {1: amount in minor units, 2: ISO 4217 code} */
	FORM_AMOUNT, /* a part: minor units of the tuple's part `currency` */
	FORM_TUPLE,  /* map of part number to scalar, without absent parts */
};

enum {
	SCHEMA_TEXT_MAX = 1024,
	SCHEMA_PROSE_MAX = 65536,
	SCHEMA_VALUE_MAX = 1 << 17, /* any value's encoding, known or not */
	SCHEMA_PART_MAX = 16,       /* parts of a tuple */
	SCHEMA_NUMBER_MAX = 1 << 20 /* of types and fields */
};

struct schema_code {
	const char *code; /* ASCII, stored */
	const char *en;
	const char *zh;
};

/* A list of codes; for ORDER_HIGHEST from the lowest to the highest. */
struct schema_codes {
	const struct schema_code *list;
	size_t count;
};

/* Labels of the commoner currencies, for parts named `currency`. */
enum { SCHEMA_CURRENCIES = 20 };
extern const struct schema_code schema_currencies[SCHEMA_CURRENCIES];

/* A part of a tuple, or of an immutable record's one value. */
struct schema_part {
	uint32_t number; /* from 1, ascending */
	const char *name;
	const char *en, *zh;
	enum schema_form form; /* none of TIME, MONEY, TUPLE */
	struct schema_codes codes;
	uint32_t refers;
	bool required;
};

struct schema_field {
	uint32_t number; /* mod 4: the least rank that may write it (R16) */
	const char *name;
	const char *en, *zh;
	enum schema_kind kind;
	enum schema_order order; /* KIND_PUT only */
	enum schema_form form;
	struct schema_codes codes; /* FORM_CODE, FORM_OPEN */
	uint32_t refers;           /* FORM_REF: a type's number */
	bool parent;   /* the reference keeps its record open: R12 */
	bool required; /* a form asks for it; merging does not */
	const struct schema_part *parts; /* TUPLE, and the body of a record */
	size_t part_count;
};

struct schema_type {
	uint32_t number;
	const char *name;
	const char *en, *zh;
	bool immutable; /* one KIND_ONCE field `body`, a TUPLE of its parts */
	bool directory; /* lives in the directory only */
	bool made;      /* by commands of its own: no forms, no imports */
	const char *title;      /* the field people know it by, or NULL */
	const char *title_else; /* where that is empty, or NULL */
	bool named;             /* a form asks for at least one of the two */
	const struct schema_field *fields; /* ascending by number */
	size_t field_count;
};

struct schema {
	const struct schema_type *types; /* ascending by number */
	size_t type_count;
};

/* The schema that this program ships. */
const struct schema *schema_roadbook(void);

/* Lookups; NULL when the schema does not have it. */
const struct schema_type *schema_type(
	const struct schema *schema, uint32_t number);
const struct schema_type *schema_type_named(
	const struct schema *schema, const char *name);
const struct schema_field *schema_field(
	const struct schema_type *type, uint32_t number);
const struct schema_field *schema_field_named(
	const struct schema_type *type, const char *name);
const struct schema_part *schema_part_named(
	const struct schema_field *field, const char *name);
/* The code itself or a label of it in either language, exactly. */
const struct schema_code *schema_code_find(
	const struct schema_codes *codes, const char *text);

/* The least rank that may write a field: its number mod 4. */
int schema_rank(uint32_t field_number);

/* Whether the number is one of the marks in this type. */
bool schema_is_mark(uint32_t type_number, uint32_t field_number);

/*
 * The parts of any tuple form. 0 for scalars. TIME has utc_ms and
 * offset_minutes, MONEY amount and currency.
 */
size_t schema_parts(
	const struct schema_field *field, const struct schema_part **parts);

/* What is wrong with a schema, and where; static or the schema's own text. */
struct schema_fault {
	const char *rule;
	const char *type; /* names; NULL where it does not apply */
	const char *field;
};

/*
 * Whether the schema keeps its own rules: numbers ascending and unique, none
 * reserved, names in ASCII and different as columns and flags too, lists where
 * the form needs them, references that exist, parts in bounds. *fault is
 * written on false. Called when a store opens.
 */
bool schema_check(const struct schema *schema, struct schema_fault *fault);

#endif
