#ifndef CLIENT_NODE_HUB_ERASURE_CERTIFICATE_H
#define CLIENT_NODE_HUB_ERASURE_CERTIFICATE_H

#include <jansson.h>

#include "client/node/node.h"

/*
 * The certificate of an erasure: what a data-protection officer files. It says
 * what the hub knows when it is made (erasure_orders_json, without logins of
 * colleagues' devices being hidden), names the person by the record's id alone,
 * and is signed by the hub's device, whose certificates come with it: whoever
 * has the company's public key checks it offline.
 *
 *     {"version": 1, "company": NAME, "company_key": HEX, "made": TIME,
 *      "erasure": {…}, "not_reached": [CODE…],
 *      "issuer": HEX, "hub": HEX,      certificates, proto/certificate.h
 *      "signature": HEX}
 *
 * Signed is "roadbook/erasure-certificate/1", a zero byte, the company id and
 * the document without its signature, members sorted, without white space.
 */
json_t *erasure_certificate_make(
	struct node *node, const uint8_t *order, struct problem *problem);

/*
 * Whether a certificate is what a hub of this company signed. EXIT_USAGE: it is
 * none. EXIT_REFUSED: it is altered, or another company's.
 */
bool erasure_certificate_check(const json_t *certificate,
	const uint8_t company_key[static 32], struct problem *problem);

/*
 * What no erasure reaches, as codes in "not_reached" and in a person's words;
 * `index` from 0, NULL at the end.
 */
const char *erasure_unreached(size_t index, const char **text);

#endif
