#include "proto/schema_words.h"

/* What the directory says of erasing a person's data (sync/erasures.h). */

/* Erasures are for good: no mark takes them back, either. */
static const struct schema_part erasure_body[] = {
	{ERASURE_TERRITORY, "territory_id", "Territory", "区域",
		REF(TYPE_TERRITORY), REQUIRED},
	{ERASURE_MARK, "mark", "Mark of the record", "记录标记", BYTES,
		REQUIRED},
	{ERASURE_ORDER, "order", "Order", "擦除令", BYTES, REQUIRED},
};

const struct schema_field schema_erasure_fields[ERASURE_FIELDS] = {
	{ERASURE_BODY, "body", "Content", "内容", ONCE, TUPLE(erasure_body),
		REQUIRED},
};

static const struct schema_part replacement_body[] = {
	{REPLACEMENT_TERRITORY, "territory_id", "Territory", "区域",
		REF(TYPE_TERRITORY), REQUIRED},
	{REPLACEMENT_DEVICE, "device_id", "Device", "设备", REF(TYPE_DEVICE),
		REQUIRED},
	{REPLACEMENT_GRANT, "grant_id", "Grant", "授权", REF(TYPE_GRANT),
		REQUIRED},
	{REPLACEMENT_FIRST, "first", "First change", "首个变更号", INT,
		REQUIRED},
	{REPLACEMENT_REPLACES, "replaces", "In place of segment", "原段名",
		BYTES, REQUIRED},
	{REPLACEMENT_NAME, "name", "Segment", "段名", BYTES, REQUIRED},
	{REPLACEMENT_ORDER, "order", "Order", "擦除令", BYTES, REQUIRED},
};

/* Erased from again, a segment is replaced again: the latest holds. */
const struct schema_field schema_replacement_fields[REPLACEMENT_FIELDS] = {
	{REPLACEMENT_BODY, "body", "Content", "内容", LATEST,
		TUPLE(replacement_body), REQUIRED},
};
