/*
 * The examples of the protocol's description are what the code does: each is
 * made here, from the company of tests/proto/company.h, and has to stand there
 * in hexadecimal (or, if it is text, as it is), white space apart.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/hello.h"
#include "proto/lease.h"
#include "proto/order.h"
#include "proto/receipt.h"
#include "proto/token.h"
#include "tests/proto/company.h"

enum { DOCUMENT_MAX = 1 << 20, EXAMPLE_MAX = 2048 };

static char document[DOCUMENT_MAX]; /* without white space */
static struct keys company, device, hub;

static void
read_without_white(const char *path)
{
	size_t at = 0;
	FILE *file = fopen(path, "rb");
	int c;

	if (!file)
		return;
	while ((c = fgetc(file)) != EOF && at < sizeof document - 1)
		if (c > ' ')
			document[at++] = (char)c;
	document[at] = '\0';
	(void)fclose(file); /* only read */
}

static int
setup(void **state)
{
	(void)state;
	if (sodium_init() < 0)
		return 1;
	keys_from_seed(&company, COMPANY_SEED);
	keys_from_seed(&device, DEVICE_SEED);
	keys_from_seed(&hub, HUB_SEED);
	read_without_white("proto/README.md");
	return document[0] == '\0';
}

static void
assert_text_documented(const char *what, const char *text)
{
	if (!strstr(document, text))
		fail_msg("%s is not in the description: %s", what, text);
}

static void
assert_documented(const char *what, const uint8_t *bytes, size_t size)
{
	char hex[EXAMPLE_MAX * 2 + 1];

	assert_true(size <= EXAMPLE_MAX);
	assert_text_documented(
		what, sodium_bin2hex(hex, sizeof hex, bytes, size));
}

static void
ids(void **state)
{
	static const uint8_t random[ID_RANDOM_SIZE] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
	uint8_t id[ID_SIZE];
	char text[ID_TEXT_SIZE];

	(void)state;
	id_make(id, company_now, random);
	id_format(text, id);
	assert_text_documented("a made id", text);

	id_derive(id, "example/1", (const uint8_t *)"roadbook", 8);
	id_format(text, id);
	assert_text_documented("a derived id", text);
}

static void
keys(void **state)
{
	uint8_t id[COMPANY_ID_SIZE];

	(void)state;
	assert_documented("the company's key", company.signing_key,
		sizeof company.signing_key);
	company_id(id, company.signing_key);
	assert_documented("the company's id", id, COMPANY_ID_SIZE);
	assert_documented("the device's key", device.signing_key,
		sizeof device.signing_key);
	device_id(id, device.signing_key);
	assert_documented("the device's id", id, ID_SIZE);
}

static void
gate(void **state)
{
	uint8_t out[GATE_SIZE];

	(void)state;
	gate_make(out, company.signing_key, (const uint8_t *)"roadbook", 8);
	assert_documented("a gate", out, sizeof out);
}

static void
certificates(void **state)
{
	uint8_t bytes[CERTIFICATE_SIZE];

	(void)state;
	company_encoded(bytes, CERTIFICATE_ISSUER);
	assert_documented("the issuer's certificate", bytes, sizeof bytes);
	company_encoded(bytes, CERTIFICATE_DEVICE);
	assert_documented("the device's certificate", bytes, sizeof bytes);
}

static void
orders(void **state)
{
	struct order order = {.number = 3, .signed_ms = company_now};
	struct order_hub former = {.last = 7};
	struct order_key ended = {.ends_ms = company_now};
	struct keys issuer;
	uint8_t bytes[ORDER_SIZE_MAX];

	(void)state;
	keys_from_seed(&issuer, ISSUER_SEED);
	memcpy(former.sign_key, hub.signing_key, SIGNING_KEY_SIZE);
	memset(former.name, 0x5a, sizeof former.name);
	memcpy(ended.key, issuer.signing_key, SIGNING_KEY_SIZE);
	assert_true(order_add_hub(&order, &former));
	assert_true(order_add_key(&order, &ended));
	assert_documented("an order", bytes,
		order_encode(bytes, &order, company.signing_secret));
}

static void
renewals(void **state)
{
	struct lease_renewal renewal = {.issued_ms = company_now,
		.locks_ms = company_now + 14ull * 24 * 3600 * 1000,
		.wipes_ms = company_now + 17ull * 24 * 3600 * 1000};
	struct keys issuer;
	uint8_t bytes[LEASE_SIZE];

	(void)state;
	keys_from_seed(&issuer, ISSUER_SEED);
	company_id(renewal.company, company.signing_key);
	device_id(renewal.device, device.signing_key);
	memset(renewal.sealed, 0x5b, sizeof renewal.sealed);
	lease_encode(bytes, &renewal, issuer.signing_secret);
	assert_documented("a renewal", bytes, sizeof bytes);
}

static void
receipts(void **state)
{
	struct receipt receipt = {.at_ms = company_now,
		.order = RECEIPT_REVOKED,
		.handed_over = 12};
	uint8_t bytes[RECEIPT_SIZE];

	(void)state;
	company_id(receipt.company, company.signing_key);
	device_id(receipt.device, device.signing_key);
	receipt_encode(bytes, &receipt, device.signing_secret);
	assert_documented("a receipt", bytes, sizeof bytes);
}

/* The invitation of the examples. */
static struct token
example_token(void)
{
	struct token token = {
		.address_count = 1, .addresses = {"tcp://hub.example:7117"}};

	memset(token.id, 0xa1, sizeof token.id);
	memset(token.secret, 0xb2, sizeof token.secret);
	memcpy(token.company_key, company.signing_key, SIGNING_KEY_SIZE);
	return token;
}

static void
token(void **state)
{
	struct token token = example_token(), read;
	char text[TOKEN_TEXT_SIZE];
	uint8_t psk[TOKEN_PSK_SIZE];

	(void)state;
	token_encode(text, &token);
	assert_text_documented("a token", text);
	assert_int_equal(token_decode(&read, text), STATUS_OK);
	token_psk(psk, read.secret);
	assert_documented("its psk", psk, sizeof psk);
}

/* Both sides of the handshake that follows a hello. */
struct sides {
	struct noise_handshake initiator, responder;
};

static void
begin(struct sides *sides, const struct hello *hello)
{
	struct token token = example_token();
	uint8_t prologue[HELLO_PROLOGUE_SIZE_MAX], psk[TOKEN_PSK_SIZE];
	uint8_t initiator_ephemeral[NOISE_KEY_SIZE];
	uint8_t responder_ephemeral[NOISE_KEY_SIZE];
	struct noise_options options = {.initiator = true,
		.psk = hello->mode == HELLO_ENROL ? psk : NULL,
		.prologue = prologue,
		.prologue_size =
			hello_prologue(prologue, hello, company.signing_key),
		.static_secret = device.link_secret,
		.ephemeral_secret = initiator_ephemeral};

	token_psk(psk, token.secret);
	memset(initiator_ephemeral, INITIATOR_EPHEMERAL_SEED, NOISE_KEY_SIZE);
	memset(responder_ephemeral, RESPONDER_EPHEMERAL_SEED, NOISE_KEY_SIZE);
	noise_handshake_init(&sides->initiator, &options);
	options.initiator = false;
	options.static_secret = hub.link_secret;
	options.ephemeral_secret = responder_ephemeral;
	noise_handshake_init(&sides->responder, &options);
}

/* Passes a message on that carries credentials, or nothing if size is 0. */
static void
pass(struct noise_handshake *from, struct noise_handshake *to,
	const uint8_t *credentials, size_t credentials_size)
{
	uint8_t message[EXAMPLE_MAX], payload[EXAMPLE_MAX];
	size_t size;
	struct credentials shown;
	struct credentials_options options = {
		.company_key = company.signing_key, .now_ms = company_now};

	assert_int_equal(noise_handshake_write(from, message, &size,
				 credentials, credentials_size),
		STATUS_OK);
	assert_int_equal(
		noise_handshake_read(to, payload, &size, message, size),
		STATUS_OK);
	if (credentials_size == 0)
		return;
	options.link_key = noise_handshake_remote_static(to);
	assert_int_equal(
		credentials_decode(&shown, payload, size, &options), STATUS_OK);
}

/* A connection from the first frame to the first record. */
static void
connection(struct hello *hello)
{
	uint8_t message[NOISE_HANDSHAKE_OVERHEAD_MAX], frame[HELLO_SIZE_MAX];
	uint8_t credentials[CREDENTIALS_SIZE], record[5 + NOISE_TAG_SIZE];
	bool enrols = hello->mode == HELLO_ENROL;
	struct noise_cipher send, receive;
	struct sides sides;
	size_t size;

	begin(&sides, hello);
	assert_int_equal(noise_handshake_write(&sides.initiator, message,
				 &hello->message_size, NULL, 0),
		STATUS_OK);
	hello->message = message;
	size = hello_encode(frame, hello, company.signing_key);
	assert_documented("a first frame", frame, size);
	assert_int_equal(hello_decode(hello, frame, size, company.signing_key),
		STATUS_OK);
	assert_int_equal(noise_handshake_read(&sides.responder, record, &size,
				 hello->message, hello->message_size),
		STATUS_OK);
	assert_int_equal(size, 0);

	company_credentials(credentials, CERTIFICATE_HUB);
	pass(&sides.responder, &sides.initiator, credentials,
		sizeof credentials);
	company_credentials(credentials, CERTIFICATE_DEVICE);
	pass(&sides.initiator, &sides.responder, credentials,
		enrols ? 0 : sizeof credentials);

	assert_documented("a handshake hash",
		noise_handshake_hash(&sides.initiator), NOISE_HASH_SIZE);
	noise_handshake_split(&sides.initiator, &send, &receive);
	assert_int_equal(noise_cipher_encrypt(
				 &send, record, (const uint8_t *)"hello", 5),
		STATUS_OK);
	assert_documented("a first record", record, sizeof record);
}

static void
a_session(void **state)
{
	struct hello hello = {.mode = HELLO_SESSION};

	(void)state;
	connection(&hello);
}

static void
an_enrolment(void **state)
{
	struct hello hello = {.mode = HELLO_ENROL};

	(void)state;
	memset(hello.invitation, 0xa1, ID_SIZE);
	connection(&hello);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(keys),
		cmocka_unit_test(gate),
		cmocka_unit_test(certificates),
		cmocka_unit_test(orders),
		cmocka_unit_test(renewals),
		cmocka_unit_test(receipts),
		cmocka_unit_test(token),
		cmocka_unit_test(a_session),
		cmocka_unit_test(an_enrolment),
	};

	return cmocka_run_group_tests_name("examples", tests, setup, NULL);
}
