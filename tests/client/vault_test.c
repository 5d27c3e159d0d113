/* client/node/vault: the key file opens for the passphrase and the company. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/vault.h"

static char folder[] = "/tmp/roadbook_test_XXXXXX";
static uint8_t company_key[SIGNING_KEY_SIZE], root[SIGNING_SECRET_SIZE];
static uint8_t data_key[NODE_DATA_KEY_SIZE], device[ID_BYTES] = {7};
/* Argon2id takes its time, so it is made once. */
static struct vault good;

static struct passphrase
phrase(const char *text)
{
	struct passphrase p = {.size = strlen(text)};

	memcpy(p.text, text, p.size);
	return p;
}

static int
make_vault(void **state)
{
	struct passphrase p = phrase("correct horse");
	struct problem problem = {0};

	(void)state;
	if (sodium_init() < 0 || !mkdtemp(folder))
		return -1;
	(void)crypto_sign_keypair(company_key, root);
	randombytes_buf(data_key, sizeof data_key);
	return vault_make(
		       &good, data_key, NULL, &p, company_key, device, &problem)
		? 0
		: -1;
}

static int
drop_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
opens_with_its_passphrase_and_no_other(void **state)
{
	struct passphrase right = phrase("correct horse");
	struct passphrase wrong = phrase("correct horsE");
	uint8_t key[NODE_DATA_KEY_SIZE];
	struct problem problem = {0};

	(void)state;
	assert_true(vault_open(&good, &right, key, &problem));
	assert_memory_equal(key, data_key, sizeof key);
	assert_false(vault_open(&good, &wrong, key, &problem));
	assert_int_equal(problem.code, EXIT_LOCKED);
}

static void
opens_with_its_companys_root_key_and_no_other(void **state)
{
	uint8_t other_key[SIGNING_KEY_SIZE], other[SIGNING_SECRET_SIZE];
	uint8_t key[NODE_DATA_KEY_SIZE];
	struct problem problem = {0};

	(void)state;
	assert_true(vault_recover(&good, root, key, &problem));
	assert_memory_equal(key, data_key, sizeof key);
	(void)crypto_sign_keypair(other_key, other);
	assert_false(vault_recover(&good, other, key, &problem));
	assert_int_equal(problem.code, EXIT_REFUSED);
}

static void
keeps_what_the_company_has_under_a_new_passphrase(void **state)
{
	struct passphrase old = phrase("correct horse");
	struct passphrase fresh = phrase("battery staple");
	uint8_t key[NODE_DATA_KEY_SIZE];
	struct problem problem = {0};
	struct vault vault = good;

	(void)state;
	assert_true(vault_wrap(&vault, data_key, &fresh, &problem));
	assert_false(vault_open(&vault, &old, key, &problem));
	assert_true(vault_open(&vault, &fresh, key, &problem));
	assert_true(vault_recover(&vault, root, key, &problem));
	assert_memory_equal(key, data_key, sizeof key);
}

static void
knows_its_data_key(void **state)
{
	uint8_t key[NODE_DATA_KEY_SIZE];

	(void)state;
	assert_true(vault_is_key(&good, data_key));
	memcpy(key, data_key, sizeof key);
	key[31] ^= 1;
	assert_false(vault_is_key(&good, key));
}

static void
is_refused_with_any_bit_flipped_or_of_any_other_size(void **state)
{
	uint8_t bytes[VAULT_SIZE + 1];
	struct vault vault;

	(void)state;
	memcpy(bytes, good.bytes, VAULT_SIZE);
	for (size_t bit = 0; bit < (size_t)VAULT_SIZE * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(vault_decode(&vault, bytes, VAULT_SIZE));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t size = 0; size < VAULT_SIZE; size++)
		assert_false(vault_decode(&vault, bytes, size));
	assert_false(vault_decode(&vault, bytes, VAULT_SIZE + 1));
	assert_true(vault_decode(&vault, bytes, VAULT_SIZE));
}

/* With its sum made right: what opening it may cost is bounded. */
static void
is_refused_when_it_asks_for_too_much(void **state)
{
	static const struct {
		int at;
		uint8_t value;
	} asks[] = {
		{4, 0}, {4, VAULT_PASSES_MAX + 1}, {7, 1}, {9, 0x80}, {11, 1}};
	struct vault vault;

	(void)state;
	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		uint8_t bytes[VAULT_SIZE];

		memcpy(bytes, good.bytes, sizeof bytes);
		bytes[asks[i].at] = asks[i].value;
		(void)crypto_generichash(bytes + VAULT_SIZE - 32, 32, bytes,
			VAULT_SIZE - 32, NULL, 0);
		assert_false(vault_decode(&vault, bytes, sizeof bytes));
	}
}

static void
is_its_users_alone_and_replaced_whole(void **state)
{
	struct problem problem = {0};
	struct vault vault;
	struct stat st;
	char path[64];

	(void)state;
	assert_false(vault_is_in(folder));
	assert_true(vault_save(&good, folder, &problem));
	assert_true(vault_save(&good, folder, &problem));
	assert_true(vault_is_in(folder));
	assert_true(vault_load(&vault, folder, &problem));
	assert_memory_equal(vault.bytes, good.bytes, VAULT_SIZE);
	(void)snprintf(path, sizeof path, "%s/vault", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_with_its_passphrase_and_no_other),
		cmocka_unit_test(opens_with_its_companys_root_key_and_no_other),
		cmocka_unit_test(
			keeps_what_the_company_has_under_a_new_passphrase),
		cmocka_unit_test(knows_its_data_key),
		cmocka_unit_test(
			is_refused_with_any_bit_flipped_or_of_any_other_size),
		cmocka_unit_test(is_refused_when_it_asks_for_too_much),
		cmocka_unit_test(is_its_users_alone_and_replaced_whole),
	};

	return cmocka_run_group_tests(tests, make_vault, drop_folder);
}
