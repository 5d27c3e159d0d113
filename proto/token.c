#include "proto/token.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "proto/purpose.h"

enum {
	AT_VERSION = 0,
	AT_ID = 1,
	AT_SECRET = AT_ID + ID_SIZE,
	AT_COMPANY_KEY = AT_SECRET + TOKEN_SECRET_SIZE,
	AT_COUNT = AT_COMPANY_KEY + SIGNING_KEY_SIZE,
	AT_ADDRESSES = AT_COUNT + 1,
};

static const char prefix[] = "rb1-";

enum { PREFIX_SIZE = sizeof prefix - 1 };

static_assert((int)TOKEN_TEXT_SIZE ==
		PREFIX_SIZE +
			sodium_base64_ENCODED_LEN(TOKEN_BINARY_MAX,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING),
	"libsodium counts the closing zero as well");
static_assert((int)TOKEN_PSK_SIZE == (int)PURPOSE_HASH_SIZE, "as it is");

static bool
white(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Copies the text without its white space. False: longer than any token. */
static bool
copy_without_white(char out[static TOKEN_TEXT_SIZE], const char *text)
{
	size_t size = 0;

	for (; *text != '\0'; text++) {
		if (white(*text))
			continue;
		if (size == TOKEN_TEXT_SIZE - 1)
			return false;
		out[size++] = *text;
	}
	out[size] = '\0';
	return true;
}

static bool
address_valid(const char *address, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (address[i] < '!' || address[i] > '~')
			return false;
	return size >= 1 && size <= TOKEN_ADDRESS_MAX;
}

static void
make_check(
	uint8_t out[static TOKEN_CHECK_SIZE], const uint8_t *bytes, size_t size)
{
	uint8_t hash[PURPOSE_HASH_SIZE];

	purpose_hash(hash, "roadbook/token/1", bytes, size);
	memcpy(out, hash, TOKEN_CHECK_SIZE);
}

/* Reads the addresses, which take up exactly the `size` bytes. */
static enum status
decode_addresses(struct token *t, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < t->address_count; i++) {
		size_t length;

		if (size == 0)
			return STATUS_MALFORMED;
		length = *bytes++;
		size--;
		if (length > size ||
			!address_valid((const char *)bytes, length))
			return STATUS_MALFORMED;
		memcpy(t->addresses[i], bytes, length);
		t->addresses[i][length] = '\0';
		bytes += length;
		size -= length;
	}
	return size == 0 ? STATUS_OK : STATUS_MALFORMED;
}

static enum status
decode_binary(struct token *t, const uint8_t *bytes, size_t size)
{
	uint8_t check[TOKEN_CHECK_SIZE];

	if (size < AT_ADDRESSES + TOKEN_CHECK_SIZE)
		return STATUS_MALFORMED;
	size -= TOKEN_CHECK_SIZE;
	make_check(check, bytes, size);
	if (memcmp(check, bytes + size, sizeof check) != 0)
		return STATUS_MALFORMED;
	if (bytes[AT_VERSION] != TOKEN_VERSION ||
		bytes[AT_COUNT] > TOKEN_ADDRESSES_MAX)
		return STATUS_MALFORMED;

	memcpy(t->id, bytes + AT_ID, ID_SIZE);
	memcpy(t->secret, bytes + AT_SECRET, TOKEN_SECRET_SIZE);
	memcpy(t->company_key, bytes + AT_COMPANY_KEY, SIGNING_KEY_SIZE);
	t->address_count = bytes[AT_COUNT];
	return decode_addresses(t, bytes + AT_ADDRESSES, size - AT_ADDRESSES);
}

void
token_encode(char out[static TOKEN_TEXT_SIZE], const struct token *token)
{
	uint8_t bytes[TOKEN_BINARY_MAX];
	size_t size = AT_ADDRESSES;

	assert(token->address_count <= TOKEN_ADDRESSES_MAX);
	bytes[AT_VERSION] = TOKEN_VERSION;
	memcpy(bytes + AT_ID, token->id, ID_SIZE);
	memcpy(bytes + AT_SECRET, token->secret, TOKEN_SECRET_SIZE);
	memcpy(bytes + AT_COMPANY_KEY, token->company_key, SIGNING_KEY_SIZE);
	bytes[AT_COUNT] = (uint8_t)token->address_count;
	for (size_t i = 0; i < token->address_count; i++) {
		size_t length = strlen(token->addresses[i]);

		assert(address_valid(token->addresses[i], length));
		bytes[size++] = (uint8_t)length;
		memcpy(bytes + size, token->addresses[i], length);
		size += length;
	}
	make_check(bytes + size, bytes, size);
	size += TOKEN_CHECK_SIZE;

	memcpy(out, prefix, PREFIX_SIZE);
	sodium_bin2base64(out + PREFIX_SIZE, TOKEN_TEXT_SIZE - PREFIX_SIZE,
		bytes, size, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof bytes);
}

enum status
token_decode(struct token *token, const char *text)
{
	char compact[TOKEN_TEXT_SIZE];
	uint8_t bytes[TOKEN_BINARY_MAX];
	size_t size;
	struct token t = {.address_count = 0};
	enum status status = STATUS_MALFORMED;

	if (!copy_without_white(compact, text) ||
		strncmp(compact, prefix, PREFIX_SIZE) != 0 ||
		sodium_base642bin(bytes, sizeof bytes, compact + PREFIX_SIZE,
			strlen(compact + PREFIX_SIZE), NULL, &size, NULL,
			sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		goto out;

	status = decode_binary(&t, bytes, size);
	if (status == STATUS_OK)
		*token = t;
out:
	token_clear(&t);
	sodium_memzero(bytes, sizeof bytes);
	sodium_memzero(compact, sizeof compact);
	return status;
}

bool
token_address_valid(const char *address)
{
	return address_valid(address, strlen(address));
}

void
token_psk(uint8_t out[static TOKEN_PSK_SIZE],
	const uint8_t secret[static TOKEN_SECRET_SIZE])
{
	purpose_hash(out, "roadbook/invitation/1", secret, TOKEN_SECRET_SIZE);
}

void
token_clear(struct token *token)
{
	sodium_memzero(token, sizeof *token);
}
