#include "proto/credentials.h"

#include <string.h>

/* Reads the certificates, of which there are two or three. */
static enum status
decode_all(struct credentials *c, const uint8_t *bytes, size_t size,
	const struct certificates_known *known)
{
	enum status status;

	if (size != CREDENTIALS_SIZE && size != CREDENTIALS_SIZE_MAX)
		return STATUS_MALFORMED;

	status = certificate_decode_known(
		&c->issuer, bytes, CERTIFICATE_SIZE, known);
	if (status != STATUS_OK)
		return status;
	status = certificate_decode_known(
		&c->device, bytes + CERTIFICATE_SIZE, CERTIFICATE_SIZE, known);
	if (status != STATUS_OK || size == CREDENTIALS_SIZE)
		return status;
	c->has_hub = true;
	return certificate_decode_known(
		&c->hub, bytes + CREDENTIALS_SIZE, CERTIFICATE_SIZE, known);
}

enum status
credentials_decode(struct credentials *credentials, const uint8_t *bytes,
	size_t size, const struct credentials_options *options)
{
	struct credentials c = {.has_hub = false};
	enum status status;

	status = decode_all(&c, bytes, size, &options->known);
	if (status != STATUS_OK)
		return status;

	if (memcmp(c.device.link_key, options->link_key, LINK_KEY_SIZE) != 0)
		return STATUS_FORGED;
	if (c.has_hub &&
		(c.hub.kind != CERTIFICATE_HUB ||
			certificate_chain_origin(options->company_key,
				&c.issuer, &c.hub) != STATUS_OK))
		return STATUS_FORGED;

	status = certificate_chain_check(
		options->company_key, &c.issuer, &c.device, options->now_ms);
	if (status == STATUS_OK || status == STATUS_REFUSED)
		*credentials = c;
	return status;
}
