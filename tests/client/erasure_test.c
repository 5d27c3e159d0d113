/*
 * client/node/hub/erase and its certificate: what the hub says of an erasure,
 * and who cannot say it for the hub; what a hub that lost its own tables does.
 */

#include "client/node/hub/directory.h"
#include "client/node/hub/erase.h"
#include "client/node/hub/erasure_certificate.h"
#include "client/node/hub/erasure_orders.h"
#include "client/node/list.h"
#include "client/node/owed.h"
#include "sync/erasures.h"
#include "tests/client/office.h"

static struct office office, other;
static struct node *rep;
static uint8_t contact[ID_BYTES];
static char contact_text[ID_TEXT_SIZE];

/* One field of a record. */
static void
write_field(struct node *node, uint32_t type_number, const uint8_t *id,
	bool is_new, const char *field, const struct pack *value)
{
	const struct schema_type *type = schema_type(node->schema, type_number);
	struct problem problem = {0};
	struct edit_operation operation = {schema_field_named(type, field),
		OPERATION_PUT, {value->out, value->size}};
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = is_new,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;

	memcpy(edit.id, id, ID_BYTES);
	office_good(node_begin(node, &problem), &problem);
	office_good(node_write(node, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(node, &problem), &problem);
}

static void
write_contact(struct node *node, bool is_new, const char *name)
{
	uint8_t bytes[64];
	struct pack pack;

	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, name);
	write_field(node, TYPE_CONTACT, contact, is_new, "name", &pack);
}

static void
open_company(struct office *company, uint8_t order[static ID_BYTES])
{
	struct hub_erasure erasure = {
		.contact = contact_text, .reason = "asked for it"};
	struct problem problem = {0};
	struct erase_found found;

	office_open(company);
	rep = office_device(company, "rep");
	node_new_id(contact);
	id_format(contact_text, contact);
	write_contact(rep, true, "somebody");
	office_carry(rep, company->hub);
	office_good(hub_erase(company->hub, &erasure, &found, order, &problem),
		&problem);
	assert_int_equal(found.place_count, 1);
	assert_int_equal(found.segment_count, 1);
	erase_found_clear(&found);
}

static uint8_t order[ID_BYTES], other_order[ID_BYTES];

static int
setup(void **state)
{
	(void)state;
	open_company(&other, other_order);
	open_company(&office, order);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	office_close(&office);
	office_close(&other);
	return 0;
}

static json_t *
certificate_of(struct node *node, const uint8_t *of)
{
	struct problem problem = {0};
	json_t *json = erasure_certificate_make(node, of, &problem);

	office_good(json != NULL, &problem);
	return json;
}

static bool
is_good(const json_t *certificate)
{
	struct problem problem = {0};

	return erasure_certificate_check(
		certificate, office.hub->company_key, &problem);
}

static void
a_certificate_is_good_by_the_companys_key_alone(void **state)
{
	json_t *json = certificate_of(office.hub, order);
	json_t *erasure = json_object_get(json, "erasure");

	(void)state;
	assert_true(is_good(json));
	assert_string_equal(
		json_string_value(json_object_get(erasure, "contact")),
		contact_text);
	assert_int_equal(
		json_integer_value(json_object_get(erasure, "open")), 1);
	json_decref(json);
}

static void
nothing_in_it_can_be_altered(void **state)
{
	json_t *json = certificate_of(office.hub, order);
	const char *name;
	json_t *value;
	void *next;

	(void)state;
	json_object_foreach_safe(json, next, name, value)
	{
		json_t *copy = json_deep_copy(json);

		if (json_is_object(value))
			json_object_del(json_object_get(copy, name), "contact");
		else
			json_object_set_new(copy, name, json_string("x"));
		assert_false(is_good(copy));
		json_object_del(copy, name);
		assert_false(is_good(copy));
		json_decref(copy);
	}
	json_object_set_new(json, "more", json_true());
	assert_false(is_good(json));
	json_decref(json);
}

static void
another_companys_hub_cannot_say_it(void **state)
{
	json_t *json;

	(void)state;
	json = certificate_of(other.hub, other_order);
	assert_false(is_good(json));
	json_decref(json);
	/* Nor by signing for this company, under its own root. */
	memcpy(other.hub->company, office.hub->company,
		sizeof other.hub->company);
	json = certificate_of(other.hub, other_order);
	assert_false(is_good(json));
	json_decref(json);
}

static void
a_device_cannot_say_it(void **state)
{
	json_t *json;

	(void)state;
	office_carry(office.hub, rep);
	json = certificate_of(rep, order);
	assert_false(is_good(json));
	json_decref(json);
}

static void
a_device_confirms_by_the_digest_of_all(void **state)
{
	uint8_t digest[ERASURES_DIGEST_SIZE], less[ERASURES_DIGEST_SIZE] = {1};
	struct problem problem = {0};
	json_t *list;

	(void)state;
	assert_false(node_erased(rep, digest));
	office_carry(office.hub, rep);
	office_good(node_tidy(rep, &problem), &problem);
	assert_int_equal(erasure_orders_confirm(office.hub, rep->device, less),
		STATUS_OK);
	list = erasure_orders_json(office.hub, order);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 0), "open")),
		1);
	json_decref(list);
	/* What it kept of its own is replaced by a sync, not by this. */
	erasures_digest(policy_erasures(rep->policy), digest);
	assert_int_equal(
		erasure_orders_confirm(office.hub, rep->device, digest),
		STATUS_OK);
	list = erasure_orders_json(office.hub, order);
	assert_int_equal(json_integer_value(json_object_get(
				 json_array_get(list, 0), "open")),
		0);
	json_decref(list);
}

static bool
has_contact(struct node *node)
{
	struct found_record found;
	struct problem problem = {0};

	return node_find(node, schema_type(node->schema, TYPE_CONTACT),
		contact_text, &found, &problem);
}

static enum status
count_erasures(void *self, const struct segment *segment)
{
	size_t *count = self;

	*count += segment->kind == SEGMENT_ERASURE;
	return STATUS_OK;
}

/* How many segments of the devices' logs the hub replaced. */
static size_t
replaced(struct node *hub)
{
	size_t count = 0;

	for (uint32_t i = 0; i < hub->territory_count; i++)
		assert_int_equal(territory_segments(hub->territories[i], NULL,
					 count_erasures, &count),
			STATUS_OK);
	return count;
}

static void
what_is_brought_later_goes_even_without_the_hubs_own_tables(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_false(has_contact(office.hub));
	for (int tables = 1; tables >= 0; tables--) {
		if (!tables)
			assert_int_equal(
				sqlite3_exec(
					store_sqlite_handle(office.hub->store),
					"DELETE FROM _erased; "
					"DELETE FROM _erased_to",
					NULL, NULL, NULL),
				SQLITE_OK);
		/* The device has not heard of it yet. */
		write_contact(rep, false, tables ? "them" : "them again");
		office_carry(rep, office.hub);
		office_good(
			hub_erase_late(office.hub, NULL, &problem), &problem);
		assert_false(has_contact(office.hub));
		assert_int_equal(replaced(office.hub), tables ? 2 : 3);
	}
}

/*
 * Whose position it is may be written, or reach the hub, after what else was
 * written of it: all of that goes, too.
 */
static void
what_turns_out_to_be_about_the_person_goes_from_the_beginning(void **state)
{
	uint8_t position[ID_BYTES], somebody[ID_BYTES], bytes[64];
	struct problem problem = {0};
	struct pack pack;

	(void)state;
	node_new_id(position);
	node_new_id(somebody);
	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, "somebody else");
	write_field(rep, TYPE_CONTACT, somebody, true, "name", &pack);
	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, somebody, ID_BYTES);
	write_field(rep, TYPE_POSITION, position, true, "contact_id", &pack);
	office_carry(rep, office.hub);
	office_good(hub_erase_late(office.hub, NULL, &problem), &problem);
	assert_int_equal(replaced(office.hub), 1);

	pack_init(&pack, bytes, sizeof bytes);
	pack_bytes(&pack, contact, ID_BYTES);
	write_field(rep, TYPE_POSITION, position, false, "contact_id", &pack);
	office_carry(rep, office.hub);
	office_good(hub_erase_late(office.hub, NULL, &problem), &problem);
	assert_int_equal(replaced(office.hub), 3);
}

/* The directory tells of an order that this hub was not given. */
static void
tell_of_mark(struct node *hub, const uint8_t *territory, const uint8_t *person)
{
	struct directory_draft draft = {0};
	struct problem problem = {0};
	uint8_t id[ID_BYTES], bytes[128], mark[ERASURE_MARK_SIZE];
	struct pack pack;

	erasure_mark_make(mark, territory, TYPE_CONTACT, person, ID_BYTES);
	node_new_id(id);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 3);
	pack_integer(&pack, ERASURE_TERRITORY);
	pack_bytes(&pack, territory, ID_BYTES);
	pack_integer(&pack, ERASURE_MARK);
	pack_bytes(&pack, mark, sizeof mark);
	pack_integer(&pack, ERASURE_ORDER);
	pack_bytes(&pack, id, ID_BYTES);
	directory_value(&draft, TYPE_ERASURE, id, ERASURE_BODY, &pack);
	office_good(directory_write(hub, &draft, &problem), &problem);
}

/* A hub that was lost had ordered it, and a device brings its word. */
static void
what_another_hub_had_marked_goes_from_the_beginning(void **state)
{
	uint8_t territory[ID_BYTES], somebody[ID_BYTES], bytes[64];
	struct problem problem = {0};
	struct pack pack;

	(void)state;
	memcpy(territory,
		policy_erasures(office.hub->policy)->marks[0].territory,
		ID_BYTES);
	node_new_id(somebody);
	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, "somebody else");
	write_field(rep, TYPE_CONTACT, somebody, true, "name", &pack);
	office_carry(rep, office.hub);
	office_good(hub_erase_late(office.hub, NULL, &problem), &problem);
	assert_int_equal(replaced(office.hub), 1);
	tell_of_mark(office.hub, territory, somebody);
	office_good(hub_erase_late(office.hub, NULL, &problem), &problem);
	assert_int_equal(replaced(office.hub), 2);
}

/* The directory tells of another erasure, which nobody has. */
static void
tell_of_another(struct node *hub, struct replacement *r)
{
	struct directory_draft draft = {0};
	struct problem problem = {0};
	uint8_t id[ID_BYTES], bytes[256];
	struct pack pack;

	r->name[0] ^= 1;
	memset(r->order, 0xee, ID_BYTES);
	replacement_id(id, r->territory, r->log, r->first, r->replaces);
	pack_init(&pack, bytes, sizeof bytes);
	pack_map(&pack, 7);
	pack_integer(&pack, REPLACEMENT_TERRITORY);
	pack_bytes(&pack, r->territory, ID_BYTES);
	pack_integer(&pack, REPLACEMENT_DEVICE);
	pack_bytes(&pack, r->log, ID_BYTES);
	pack_integer(&pack, REPLACEMENT_GRANT);
	pack_bytes(&pack, r->log + ID_BYTES, ID_BYTES);
	pack_integer(&pack, REPLACEMENT_FIRST);
	pack_integer(&pack, r->first);
	pack_integer(&pack, REPLACEMENT_REPLACES);
	pack_bytes(&pack, r->replaces, SEGMENT_NAME_SIZE);
	pack_integer(&pack, REPLACEMENT_NAME);
	pack_bytes(&pack, r->name, SEGMENT_NAME_SIZE);
	pack_integer(&pack, REPLACEMENT_ORDER);
	pack_bytes(&pack, r->order, ID_BYTES);
	directory_put(&draft, TYPE_REPLACEMENT, id, REPLACEMENT_BODY, &pack);
	office_good(directory_write(hub, &draft, &problem), &problem);
}

/* What a hub takes back when it has nothing else (sync/erased.c). */
static void
an_erasure_that_was_lost_is_made_again_where_nothing_more_goes(void **state)
{
	const struct erasures *told = policy_erasures(office.hub->policy);
	struct problem problem = {0};
	struct replacement r;
	struct territory *t;

	(void)state;
	assert_int_equal(told->count, 1);
	r = told->list[0];
	t = node_territory(office.hub, r.territory, false);
	tell_of_another(office.hub, &r);
	assert_true(territory_owes_erasure(t, NULL));
	office_good(hub_erase_late(office.hub, NULL, &problem), &problem);
	assert_false(territory_owes_erasure(t, NULL));
	assert_int_equal(replaced(office.hub), 1);
	assert_int_equal(told->count, 1);
	assert_memory_not_equal(told->list[0].name, r.name, SEGMENT_NAME_SIZE);
	assert_memory_equal(told->list[0].order, r.order, ID_BYTES);
}

#define IN_OFFICE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_OFFICE(a_certificate_is_good_by_the_companys_key_alone),
		IN_OFFICE(nothing_in_it_can_be_altered),
		IN_OFFICE(another_companys_hub_cannot_say_it),
		IN_OFFICE(a_device_cannot_say_it),
		IN_OFFICE(a_device_confirms_by_the_digest_of_all),
		IN_OFFICE(
			what_is_brought_later_goes_even_without_the_hubs_own_tables),
		IN_OFFICE(
			what_turns_out_to_be_about_the_person_goes_from_the_beginning),
		IN_OFFICE(what_another_hub_had_marked_goes_from_the_beginning),
		IN_OFFICE(
			an_erasure_that_was_lost_is_made_again_where_nothing_more_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
