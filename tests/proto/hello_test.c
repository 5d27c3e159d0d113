/* proto/hello: the first frame of a connection, for friends only. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "proto/hello.h"

static const uint8_t key[SIGNING_KEY_SIZE] = {7, 7, 7};
static const uint8_t message[HELLO_MESSAGE_SIZE_MAX] = {1, 2, 3};

static int
setup(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

static struct hello
good_hello(enum hello_mode mode)
{
	struct hello h = {.mode = mode, .message = message, .message_size = 32};

	if (mode == HELLO_ENROL) {
		memset(h.invitation, 0x44, ID_SIZE);
		h.message_size = 48;
	}
	return h;
}

static size_t
good_frame(uint8_t out[static HELLO_SIZE_MAX], enum hello_mode mode)
{
	struct hello h = good_hello(mode);

	return hello_encode(out, &h, key);
}

static enum status
decode(const uint8_t *bytes, size_t size)
{
	struct hello h;

	return hello_decode(&h, bytes, size, key);
}

/* Puts a right gate ahead of whatever the frame says, and decodes it. */
static enum status
decode_through_gate(uint8_t *frame, size_t size)
{
	gate_make(frame, key, frame + GATE_SIZE, size - GATE_SIZE);
	return decode(frame, size);
}

static void
reads_back_what_was_written(void **state)
{
	(void)state;
	for (int mode = HELLO_SESSION; mode <= HELLO_ENROL; mode++) {
		struct hello h = good_hello((enum hello_mode)mode), read;
		uint8_t frame[HELLO_SIZE_MAX];
		size_t size = hello_encode(frame, &h, key);

		assert_int_equal(size, mode == HELLO_ENROL ? 81 : 49);
		assert_int_equal(
			hello_decode(&read, frame, size, key), STATUS_OK);
		assert_int_equal(read.mode, h.mode);
		assert_memory_equal(read.invitation, h.invitation, ID_SIZE);
		assert_int_equal(read.message_size, h.message_size);
		assert_memory_equal(read.message, h.message, h.message_size);
	}
}

static void
refuses_every_flipped_bit(void **state)
{
	uint8_t frame[HELLO_SIZE_MAX];

	(void)state;
	for (int mode = HELLO_SESSION; mode <= HELLO_ENROL; mode++) {
		size_t size = good_frame(frame, (enum hello_mode)mode);

		for (size_t bit = 0; bit < size * 8; bit++) {
			frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(decode(frame, size), STATUS_REFUSED);
			frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void
refuses_who_does_not_know_the_company(void **state)
{
	static const uint8_t other_key[SIGNING_KEY_SIZE] = {8};
	struct hello h = good_hello(HELLO_SESSION);
	uint8_t frame[HELLO_SIZE_MAX];
	size_t size = hello_encode(frame, &h, other_key);

	(void)state;
	assert_int_equal(decode(frame, size), STATUS_REFUSED);
}

static void
refuses_every_other_size_even_through_the_gate(void **state)
{
	uint8_t frame[HELLO_SIZE_MAX + 1] = {0};

	(void)state;
	for (int mode = HELLO_SESSION; mode <= HELLO_ENROL; mode++) {
		size_t good = good_frame(frame, (enum hello_mode)mode);

		for (size_t size = GATE_SIZE; size <= sizeof frame; size++)
			assert_int_equal(decode_through_gate(frame, size),
				size == good ? STATUS_OK : STATUS_MALFORMED);
		for (size_t size = 0; size < GATE_SIZE; size++)
			assert_int_equal(decode(frame, size), STATUS_MALFORMED);
	}
}

static void
refuses_unknown_modes_and_no_invitation_even_through_the_gate(void **state)
{
	uint8_t frame[HELLO_SIZE_MAX];
	size_t size = good_frame(frame, HELLO_SESSION);

	(void)state;
	for (int mode = 1; mode < 256; mode++) {
		frame[16] = (uint8_t)mode;
		assert_int_equal(
			decode_through_gate(frame, size), STATUS_MALFORMED);
	}

	size = good_frame(frame, HELLO_ENROL);
	memset(frame + 17, 0, ID_SIZE);
	assert_int_equal(decode_through_gate(frame, size), STATUS_MALFORMED);
}

static void
the_prologue_names_company_mode_and_invitation(void **state)
{
	uint8_t expected[HELLO_PROLOGUE_SIZE_MAX] = "roadbook/1";
	uint8_t prologue[HELLO_PROLOGUE_SIZE_MAX];
	struct hello h = good_hello(HELLO_SESSION);

	(void)state;
	company_id(expected + 11, key);
	assert_int_equal(hello_prologue(prologue, &h, key), 44);
	assert_memory_equal(prologue, expected, 44);

	h = good_hello(HELLO_ENROL);
	expected[43] = 1;
	memset(expected + 44, 0x44, ID_SIZE);
	assert_int_equal(hello_prologue(prologue, &h, key), 60);
	assert_memory_equal(prologue, expected, 60);
}

/* The sizes that hello_decode() asks for are those that Noise makes. */
static void
carries_the_first_message_of_either_handshake(void **state)
{
	static const uint8_t psk[NOISE_PSK_SIZE] = {1};
	static const uint8_t secret[NOISE_KEY_SIZE] = {2};

	(void)state;
	for (int mode = HELLO_SESSION; mode <= HELLO_ENROL; mode++) {
		struct hello h = good_hello((enum hello_mode)mode);
		struct noise_options options = {.initiator = true,
			.psk = mode == HELLO_ENROL ? psk : NULL,
			.static_secret = secret};
		uint8_t first[NOISE_HANDSHAKE_OVERHEAD_MAX];
		uint8_t frame[HELLO_SIZE_MAX];
		struct noise_handshake handshake;

		noise_handshake_init(&handshake, &options);
		assert_int_equal(noise_handshake_write(&handshake, first,
					 &h.message_size, NULL, 0),
			STATUS_OK);
		h.message = first;
		assert_int_equal(
			decode(frame, hello_encode(frame, &h, key)), STATUS_OK);
		noise_handshake_clear(&handshake);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(refuses_every_flipped_bit),
		cmocka_unit_test(refuses_who_does_not_know_the_company),
		cmocka_unit_test(
			refuses_every_other_size_even_through_the_gate),
		cmocka_unit_test(
			refuses_unknown_modes_and_no_invitation_even_through_the_gate),
		cmocka_unit_test(
			the_prologue_names_company_mode_and_invitation),
		cmocka_unit_test(carries_the_first_message_of_either_handshake),
	};

	return cmocka_run_group_tests_name("hello", tests, setup, NULL);
}
