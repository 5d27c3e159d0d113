#include "sync/own.h"

#include <string.h>

static bool
is_remembered(const struct own *own, const uint8_t *bytes, size_t size,
	const uint8_t *company_key, const uint8_t *link_key)
{
	return own->size && own->size == size &&
		memcmp(own->bytes, bytes, size) == 0 &&
		memcmp(own->company_key, company_key, SIGNING_KEY_SIZE) == 0 &&
		memcmp(own->link_key, link_key, LINK_KEY_SIZE) == 0;
}

enum status
own_verify(struct own *own, const uint8_t *bytes, size_t size,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t link_key[static LINK_KEY_SIZE])
{
	/* Of any time: only the dates ask, and those are the peer's to judge.
	 */
	struct credentials_options with = {
		.company_key = company_key, .link_key = link_key};
	enum status status;

	if (is_remembered(own, bytes, size, company_key, link_key))
		return STATUS_OK;
	own->size = 0;
	own->verified++;
	status = credentials_decode(&own->credentials, bytes, size, &with);
	if (status != STATUS_OK && status != STATUS_REFUSED)
		return status;
	memcpy(own->bytes, bytes, size);
	own->size = size;
	memcpy(own->company_key, company_key, SIGNING_KEY_SIZE);
	memcpy(own->link_key, link_key, LINK_KEY_SIZE);
	return STATUS_OK;
}
