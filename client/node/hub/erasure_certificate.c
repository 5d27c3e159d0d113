#include "client/node/hub/erasure_certificate.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/erasure_orders.h"
#include "client/node/instant.h"
#include "client/node/keys.h"
#include "proto/certificate.h"
#include "proto/key.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

static const char purpose[] = "roadbook/erasure-certificate/1";

const char *
erasure_unreached(size_t index, const char **text)
{
	static const struct {
		const char *code, *text;
	} list[] = {
		{"backups",
			N_("backups and copies of folders made before: destroy "
			   "them, or keep them locked away; a node made of one "
			   "shows nothing of the person any more once it has "
			   "met head office or a colleague")},
		{"exports",
			N_("files that were exported, printed or sent: hub "
			   "audit tells who exported what")},
		{"silent_devices",
			N_("devices that have not confirmed, until they sync; "
			   "and devices that were shut out")},
		{"mentions",
			N_("what colleagues wrote in their own words: the dry "
			   "run lists it")},
		{"memory", N_("what people have read, and altered programs")},
	};

	if (index >= sizeof list / sizeof *list)
		return NULL;
	*text = list[index].text;
	return list[index].code;
}

static json_t *
hex_json(const uint8_t *bytes, size_t size)
{
	char *text = alloc(2 * size + 1);
	json_t *json;

	(void)sodium_bin2hex(text, 2 * size + 1, bytes, size);
	json = json_string(text);
	free(text);
	return json;
}

static bool
hex_bytes(const json_t *json, const char *name, uint8_t *out, size_t size)
{
	const char *text = json_string_value(json_object_get(json, name));
	size_t got = 0;

	return text && strlen(text) == 2 * size &&
		sodium_hex2bin(out, size, text, 2 * size, NULL, &got, NULL) ==
		0 &&
		got == size;
}

/* What is signed; malloc'ed. NULL: it is no document. */
static uint8_t *
signed_bytes(const json_t *certificate, const uint8_t *company, size_t *size)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)certificate);
	char *text;
	uint8_t *bytes;

	(void)json_object_del(copy, "signature"); /* it need not be there */
	text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(copy);
	if (!text)
		return NULL;
	*size = sizeof purpose + COMPANY_ID_SIZE + strlen(text);
	bytes = alloc(*size);
	memcpy(bytes, purpose, sizeof purpose);
	memcpy(bytes + sizeof purpose, company, COMPANY_ID_SIZE);
	memcpy(bytes + sizeof purpose + COMPANY_ID_SIZE, text, strlen(text));
	free(text);
	return bytes;
}

static json_t *
company_json(struct node *node)
{
	sqlite3_stmt *s = NULL;
	json_t *json = NULL;

	if (sqlite3_prepare_v2(store_sqlite_handle(node->store),
		    "SELECT name FROM company LIMIT 1", -1, &s,
		    NULL) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		json = json_string((const char *)sqlite3_column_text(s, 0));
	(void)sqlite3_finalize(s); /* only read */
	return json ? json : json_string("");
}

static json_t *
unreached_json(void)
{
	json_t *list = json_array();
	const char *code, *text;

	for (size_t i = 0; (code = erasure_unreached(i, &text)); i++)
		json_array_append_new(list, json_string(code));
	return list;
}

json_t *
erasure_certificate_make(
	struct node *node, const uint8_t *order, struct problem *problem)
{
	json_t *orders = erasure_orders_json(node, order), *json;
	uint8_t signature[SIGNATURE_SIZE], *bytes;
	char made[INSTANT_TEXT_SIZE];
	int64_t now = node_now_ms();
	size_t size = 0;

	if (json_array_size(orders) != 1 ||
		node->credentials_size < 2 * CERTIFICATE_SIZE) {
		json_decref(orders);
		problem_set(problem, EXIT_REFUSED,
			T("only head office's node does that"));
		return NULL;
	}
	instant_text(now, node_offset(now), made);
	json = json_pack("{s:i, s:o, s:o, s:s, s:O, s:o, s:o, s:o}", "version",
		1, "company", company_json(node), "company_key",
		hex_json(node->company_key, sizeof node->company_key), "made",
		made, "erasure", json_array_get(orders, 0), "not_reached",
		unreached_json(), "issuer",
		hex_json(node->credentials, CERTIFICATE_SIZE), "hub",
		hex_json(node->credentials + CERTIFICATE_SIZE,
			CERTIFICATE_SIZE));
	json_decref(orders);
	bytes = signed_bytes(json, node->company, &size);
	if (!bytes)
		alloc_failed();
	(void)crypto_sign_detached(
		signature, NULL, bytes, size, node->keys->sign_secret);
	free(bytes);
	json_object_set_new(
		json, "signature", hex_json(signature, sizeof signature));
	return json;
}

/* The hub's certificates that come with it, of this company. */
static bool
hub_of(const json_t *certificate, const uint8_t *company_key,
	struct certificate *hub)
{
	uint8_t bytes[CERTIFICATE_SIZE];
	struct certificate issuer;

	return hex_bytes(certificate, "issuer", bytes, sizeof bytes) &&
		certificate_decode(&issuer, bytes, sizeof bytes) == STATUS_OK &&
		hex_bytes(certificate, "hub", bytes, sizeof bytes) &&
		certificate_decode(hub, bytes, sizeof bytes) == STATUS_OK &&
		hub->kind == CERTIFICATE_HUB &&
		certificate_chain_origin(company_key, &issuer, hub) ==
		STATUS_OK;
}

bool
erasure_certificate_check(const json_t *certificate,
	const uint8_t company_key[static 32], struct problem *problem)
{
	uint8_t company[COMPANY_ID_SIZE], signature[SIGNATURE_SIZE], *bytes;
	struct certificate hub;
	size_t size = 0;
	bool good;

	if (!json_is_object(certificate) ||
		!json_is_object(json_object_get(certificate, "erasure")) ||
		json_integer_value(json_object_get(certificate, "version")) !=
			1 ||
		!hex_bytes(
			certificate, "signature", signature, sizeof signature))
		return problem_set(problem, EXIT_USAGE,
			T("that is no certificate of an erasure"));
	company_id(company, company_key);
	bytes = signed_bytes(certificate, company, &size);
	good = bytes && hub_of(certificate, company_key, &hub) &&
		crypto_sign_verify_detached(
			signature, bytes, size, hub.signing_key) == 0;
	free(bytes);
	if (good)
		return true;
	problem_set(problem, EXIT_REFUSED,
		T("the certificate is altered, or not of this company"));
	return problem_hint(problem,
		T("ask head office for it again, and for the company's public "
		  "key by another way"));
}
