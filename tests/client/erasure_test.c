/*
 * client/node/hub/erase and its certificate: what the hub says of an erasure,
 * and who cannot say it for the hub; what a hub that lost its own tables does.
 */

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

static void
write_contact(struct node *node, bool is_new, const char *name)
{
	const struct schema_type *type =
		schema_type(node->schema, TYPE_CONTACT);
	struct problem problem = {0};
	uint8_t bytes[64];
	struct pack pack;
	struct edit_operation operation = {
		schema_field_named(type, "name"), OPERATION_PUT, {0}};
	struct edit edit = {.type = type,
		.id_size = ID_BYTES,
		.is_new = is_new,
		.operations = &operation,
		.operation_count = 1};
	struct edit_result result;

	pack_init(&pack, bytes, sizeof bytes);
	pack_text(&pack, name);
	operation.value = (struct pack_view){bytes, pack.size};
	memcpy(edit.id, contact, ID_BYTES);
	office_good(node_begin(node, &problem), &problem);
	office_good(node_write(node, &edit, 1, &result, &problem), &problem);
	office_good(node_commit(node, &problem), &problem);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
