/* proto/token: a token survives the mail, and a mistyped one is noticed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/purpose.h"
#include "proto/token.h"

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

/* A good token with so many addresses; tests spoil it in their own way. */
static struct token
good_token(size_t address_count)
{
	static const char *const addresses[TOKEN_ADDRESSES_MAX] = {
		"tcp://hub.example:7117", "tcp://[2001:db8::1]:7117",
		"ws://hub.example/roadbook?a=~!", "x"};
	struct token t = {.address_count = address_count};

	memset(t.id, 0xa1, sizeof t.id);
	memset(t.secret, 0xb2, sizeof t.secret);
	memset(t.company_key, 0xc3, sizeof t.company_key);
	for (size_t i = 0; i < address_count; i++)
		strcpy(t.addresses[i], addresses[i]);
	return t;
}

static void
assert_decodes_to(const char *text, const struct token *expected)
{
	struct token t;

	memset(&t, 0x55, sizeof t);
	assert_int_equal(token_decode(&t, text), STATUS_OK);
	assert_memory_equal(t.id, expected->id, ID_SIZE);
	assert_memory_equal(t.secret, expected->secret, TOKEN_SECRET_SIZE);
	assert_memory_equal(
		t.company_key, expected->company_key, SIGNING_KEY_SIZE);
	assert_int_equal(t.address_count, expected->address_count);
	for (size_t i = 0; i < t.address_count; i++)
		assert_string_equal(t.addresses[i], expected->addresses[i]);
}

static void
assert_malformed(const char *text)
{
	struct token t, before;

	memset(&t, 0x55, sizeof t);
	memset(&before, 0x55, sizeof before);
	assert_int_equal(token_decode(&t, text), STATUS_MALFORMED);
	assert_memory_equal(&t, &before, sizeof t);
}

/* Writes any bytes as a token whose check is right. */
static void
encode_bytes(char *out, size_t room, const uint8_t *bytes, size_t size)
{
	uint8_t checked[512], hash[PURPOSE_HASH_SIZE];

	assert_true(size + TOKEN_CHECK_SIZE <= sizeof checked);
	memcpy(checked, bytes, size);
	purpose_hash(hash, "roadbook/token/1", bytes, size);
	memcpy(checked + size, hash, TOKEN_CHECK_SIZE);
	strcpy(out, "rb1-");
	sodium_bin2base64(out + 4, room - 4, checked, size + TOKEN_CHECK_SIZE,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Likewise, for 65 good bytes with `size` others behind them. */
static void
encode_with_addresses(char *out, size_t room, const char *tail, size_t size)
{
	uint8_t bytes[65 + 256];

	memset(bytes, 0x11, 65);
	bytes[0] = TOKEN_VERSION;
	memcpy(bytes + 65, tail, size);
	encode_bytes(out, room, bytes, 65 + size);
}

static void
reads_back_what_was_written(void **state)
{
	(void)state;
	for (size_t count = 0; count <= TOKEN_ADDRESSES_MAX; count++) {
		struct token t = good_token(count);
		char text[TOKEN_TEXT_SIZE];

		token_encode(text, &t);
		assert_decodes_to(text, &t);
	}
}

static void
reads_back_the_longest_there_is(void **state)
{
	struct token t = good_token(TOKEN_ADDRESSES_MAX);
	char text[TOKEN_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < TOKEN_ADDRESSES_MAX; i++) {
		memset(t.addresses[i], '~', TOKEN_ADDRESS_MAX);
		t.addresses[i][TOKEN_ADDRESS_MAX] = '\0';
	}
	token_encode(text, &t);
	assert_int_equal(strlen(text), TOKEN_TEXT_SIZE - 1);
	assert_decodes_to(text, &t);
}

/* As mail programs break lines, and people select more than they should. */
static void
does_not_mind_white_space_anywhere(void **state)
{
	static const char white[] = " \t\r\n\v\f";
	struct token t = good_token(2);
	char text[TOKEN_TEXT_SIZE], pasted[TOKEN_TEXT_SIZE * 2];
	size_t at = 0;

	(void)state;
	token_encode(text, &t);
	for (size_t i = 0; text[i] != '\0'; i++) {
		pasted[at++] = white[i % (sizeof white - 1)];
		pasted[at++] = text[i];
	}
	pasted[at++] = '\n';
	pasted[at] = '\0';
	assert_decodes_to(pasted, &t);
}

static void
notices_every_character_left_out_doubled_or_mistyped(void **state)
{
	struct token t = good_token(1);
	char text[TOKEN_TEXT_SIZE], spoiled[TOKEN_TEXT_SIZE + 1];
	size_t size;

	(void)state;
	token_encode(text, &t);
	size = strlen(text);
	for (size_t i = 0; i < size; i++) {
		memcpy(spoiled, text, i);
		strcpy(spoiled + i, text + i + 1);
		assert_malformed(spoiled);

		memcpy(spoiled, text, i + 1);
		strcpy(spoiled + i + 1, text + i);
		assert_malformed(spoiled);

		for (int c = 1; c < 256; c++) {
			if ((char)c == text[i])
				continue;
			strcpy(spoiled, text);
			spoiled[i] = (char)c;
			assert_malformed(spoiled);
		}
	}
}

static void
notices_every_cut(void **state)
{
	struct token t = good_token(1);
	char text[TOKEN_TEXT_SIZE];

	(void)state;
	token_encode(text, &t);
	for (size_t size = strlen(text); size-- > 0;) {
		text[size] = '\0';
		assert_malformed(text);
	}
}

static void
refuses_text_longer_than_any_token(void **state)
{
	char text[TOKEN_TEXT_SIZE * 2] = "rb1-";

	(void)state;
	memset(text + 4, 'A', sizeof text - 5);
	text[sizeof text - 1] = '\0';
	assert_malformed(text);
}

static void
refuses_other_versions_even_with_a_right_check(void **state)
{
	char text[512];
	uint8_t bytes[66] = {0};
	struct token t;

	(void)state;
	for (int version = 0; version < 256; version++) {
		bytes[0] = (uint8_t)version;
		encode_bytes(text, sizeof text, bytes, sizeof bytes);
		assert_int_equal(token_decode(&t, text),
			version == TOKEN_VERSION ? STATUS_OK
						 : STATUS_MALFORMED);
	}
}

static void
refuses_addresses_that_break_the_rules_even_with_a_right_check(void **state)
{
	/* A count, then the addresses, each with its size. */
	static const struct {
		const char *tail;
		size_t size;
	} cases[] = {
		{"\5\1a\1a\1a\1a\1a", 11}, /* too many */
		{"\1", 1},                 /* none where one should be */
		{"\1\0", 2},               /* empty */
		{"\1\3ab", 4},             /* longer than there are bytes */
		{"\1\2abc", 5},            /* something behind it */
		{"\0a", 2},                /* likewise */
		{"\1\3a b", 5},            /* a space */
		{"\1\3a\0b", 5},           /* a zero */
		{"\1\3a\177b", 5},         /* a control character */
		{"\1\2\303\244", 4},       /* not ASCII */
	};
	char text[512];
	struct token t;

	(void)state;
	encode_with_addresses(text, sizeof text, "\1\2ab", 4);
	assert_int_equal(token_decode(&t, text), STATUS_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		encode_with_addresses(
			text, sizeof text, cases[i].tail, cases[i].size);
		assert_malformed(text);
	}
}

static void
tells_which_addresses_it_can_carry(void **state)
{
	char address[TOKEN_ADDRESS_MAX + 2];

	(void)state;
	assert_true(token_address_valid("tcp://hub.example:7117"));
	assert_false(token_address_valid(""));
	assert_false(token_address_valid("tcp://hub .example"));

	memset(address, 'a', sizeof address);
	address[TOKEN_ADDRESS_MAX] = '\0';
	assert_true(token_address_valid(address));
	address[TOKEN_ADDRESS_MAX] = 'a';
	address[TOKEN_ADDRESS_MAX + 1] = '\0';
	assert_false(token_address_valid(address));
}

static void
its_psk_is_the_hash_of_its_purpose_and_the_secret(void **state)
{
	uint8_t input[22 + TOKEN_SECRET_SIZE] = "roadbook/invitation/1";
	uint8_t expected[TOKEN_PSK_SIZE], psk[TOKEN_PSK_SIZE];
	struct token t = good_token(0);

	(void)state;
	memcpy(input + 22, t.secret, TOKEN_SECRET_SIZE);
	crypto_generichash(
		expected, sizeof expected, input, sizeof input, NULL, 0);
	token_psk(psk, t.secret);
	assert_memory_equal(psk, expected, sizeof psk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(reads_back_the_longest_there_is),
		cmocka_unit_test(does_not_mind_white_space_anywhere),
		cmocka_unit_test(
			notices_every_character_left_out_doubled_or_mistyped),
		cmocka_unit_test(notices_every_cut),
		cmocka_unit_test(refuses_text_longer_than_any_token),
		cmocka_unit_test(
			refuses_other_versions_even_with_a_right_check),
		cmocka_unit_test(
			refuses_addresses_that_break_the_rules_even_with_a_right_check),
		cmocka_unit_test(tells_which_addresses_it_can_carry),
		cmocka_unit_test(
			its_psk_is_the_hash_of_its_purpose_and_the_secret),
	};

	return cmocka_run_group_tests_name("token", tests, setup, NULL);
}
