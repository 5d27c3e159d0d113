#include "client/node/hub/hub.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/certify.h"
#include "client/node/hub/directory.h"
#include "client/node/hub/grants.h"
#include "client/node/hub/invitation.h"
#include "client/node/keys.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

bool
hub_order_as(struct node *node, const char *login, struct problem *problem)
{
	const struct policy_grant *g;

	if (!node->hub)
		return problem_set(problem, EXIT_REFUSED,
			T("only head office's node does that"));
	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++) {
		const struct policy_user *user =
			policy_user(node->policy, g->user);

		if (g->role != ROLE_ADMIN || g->ended || !user ||
			(login && strcmp(login, user->login)))
			continue;
		memcpy(node->ordered_by, user->id, ID_BYTES);
		return true;
	}
	problem_set(problem, EXIT_REFUSED, T("%s is no administrator"),
		login ? login : "?");
	return problem_hint(
		problem, T("name one who is: --as LOGIN; hub user list"));
}

/* ---- territories ---- */

static bool
is_path_part(const char *part, size_t size)
{
	if (size == 0 || size > 64 || (size <= 2 && part[0] == '.') ||
		!pack_utf8_valid((const uint8_t *)part, size))
		return false;
	for (size_t i = 0; i < size; i++)
		if ((uint8_t)part[i] <= ' ' || part[i] == 0x7f)
			return false;
	return true;
}

static bool
bad_path(const char *path, struct problem *problem)
{
	problem_set(problem, EXIT_USAGE, T("%s is no territory's path"), path);
	return problem_hint(problem,
		T("write names with / between them, as in east/linxi"));
}

static const struct policy_territory *
child_named(const struct policy *policy, const uint8_t *parent,
	const char *name, size_t size)
{
	const struct policy_territory *t;

	for (uint32_t i = 0; (t = policy_territory_at(policy, i)); i++)
		if (t->kind != POLICY_DIRECTORY &&
			!memcmp(t->parent, parent, ID_BYTES) &&
			strlen(t->name) == size && !memcmp(t->name, name, size))
			return t;
	return NULL;
}

static void
draft_territory(struct directory_draft *draft, const uint8_t *id,
	const uint8_t *parent, const char *name, size_t size, bool management)
{
	char *copy = alloc(size + 1);

	memcpy(copy, name, size);
	directory_text(draft, TYPE_TERRITORY, id, TERRITORY_NAME, copy);
	if (parent)
		directory_bytes(draft, TYPE_TERRITORY, id, TERRITORY_PARENT,
			parent, ID_BYTES);
	directory_once_text(draft, TYPE_TERRITORY, id, TERRITORY_KIND,
		management ? "management" : "field");
	free(copy);
}

bool
hub_territory_add(struct node *node, const char *path, bool management,
	uint8_t id[static ID_BYTES], struct problem *problem)
{
	struct directory_draft draft = {0};
	const struct policy_territory *root =
		policy_territory_path(node->policy, "/");
	uint8_t parent[ID_BYTES];
	bool made = false;
	const char *at = path + (*path == '/');

	if (!root)
		return problem_set(problem, EXIT_FAILED,
			T("the directory has no root territory"));
	memcpy(parent, root->id, ID_BYTES);
	memcpy(id, root->id, ID_BYTES);
	while (*at) {
		size_t size = strcspn(at, "/");
		const struct policy_territory *t;
		bool last = at[size] == '\0' || at[size + 1] == '\0';

		if (!is_path_part(at, size)) {
			directory_clear(&draft);
			return bad_path(path, problem);
		}
		t = made ? NULL : child_named(node->policy, parent, at, size);
		if (t) {
			memcpy(id, t->id, ID_BYTES);
		} else {
			node_new_id(id);
			draft_territory(&draft, id, parent, at, size,
				management && last);
			made = true;
		}
		memcpy(parent, id, ID_BYTES);
		at += size + (at[size] == '/');
	}
	return directory_write(node, &draft, problem);
}

/* ---- users ---- */

static bool
is_login(const char *login)
{
	size_t size = strlen(login);

	if (size == 0 || size > 32 || login[0] < 'a' || login[0] > 'z')
		return false;
	for (size_t i = 0; i < size; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-",
			    login[i]))
			return false;
	return true;
}

bool
hub_login_valid(const char *login, struct problem *problem)
{
	if (is_login(login))
		return true;
	problem_set(problem, EXIT_USAGE, T("%s is no login"), login);
	return problem_hint(problem,
		T("1 to 32 of a-z 0-9 . _ -, beginning with a letter"));
}

enum { NAME_MAX_SIZE = 256 };

bool
hub_name_valid(const char *name, struct problem *problem)
{
	size_t size = strlen(name);
	bool one_line = size > 0 && size <= NAME_MAX_SIZE &&
		pack_utf8_valid((const uint8_t *)name, size);

	for (size_t i = 0; one_line && i < size; i++)
		one_line = (uint8_t)name[i] >= ' ' && name[i] != 0x7f;
	if (one_line)
		return true;
	problem_set(problem, EXIT_USAGE, T("that is no name"));
	return problem_hint(
		problem, T("one line of text, 1 to 256 bytes of UTF-8"));
}

bool
hub_user_add(struct node *node, const char *login, const char *name,
	uint8_t id[static ID_BYTES], struct problem *problem)
{
	struct directory_draft draft = {0};

	if (!hub_login_valid(login, problem) ||
		(name && *name && !hub_name_valid(name, problem)))
		return false;
	if (policy_user_login(node->policy, login)) {
		problem_set(problem, EXIT_AMBIGUOUS,
			T("there is a user %s already"), login);
		return problem_hint(problem,
			T("hub invite %s enrols another device of theirs"),
			login);
	}
	node_new_id(id);
	directory_once_text(&draft, TYPE_USER, id, USER_LOGIN, login);
	if (name && *name)
		directory_text(&draft, TYPE_USER, id, USER_NAME, name);
	return directory_write(node, &draft, problem);
}

/* ---- addresses ---- */

bool
hub_address_usable(const char *url)
{
	const char *port = strrchr(url, ':');

	if (!token_address_valid(url))
		return false;
	if (strncmp(url, "ipc://", 6) == 0)
		return url[6] != '\0';
	if (strncmp(url, "tcp://", 6) != 0 || !port || port < url + 7)
		return false;
	return strncmp(url, "tcp://0.0.0.0:", 14) != 0 &&
		strncmp(url, "tcp://*:", 8) != 0 && atoi(port + 1) > 0 &&
		atoi(port + 1) < 65536;
}

static bool
draft_address(struct node *node, struct directory_draft *draft, const char *url,
	struct problem *problem)
{
	const char *known;
	uint8_t id[ID_BYTES];

	if (!hub_address_usable(url)) {
		problem_set(problem, EXIT_USAGE,
			T("%s is no address that others can dial"), url);
		return problem_hint(problem,
			T("write it as tcp://HOST:PORT, as devices reach it"));
	}
	for (uint32_t i = 0; (known = policy_hub_address_at(node->policy, i));
		i++)
		if (strcmp(known, url) == 0)
			return true;
	node_new_id(id);
	directory_once_text(draft, TYPE_HUB_ADDRESS, id, HUB_ADDRESS_URL, url);
	return true;
}

bool
hub_address_add(struct node *node, const char *url, struct problem *problem)
{
	struct directory_draft draft = {0};

	if (draft_address(node, &draft, url, problem))
		return directory_write(node, &draft, problem);
	directory_clear(&draft);
	return false;
}

/* ---- invitations ---- */

static bool
token_addresses(struct node *node, const struct hub_invitation *invitation,
	struct token *token, struct problem *problem)
{
	const char *url;

	for (size_t i = 0; i < invitation->url_count &&
		token->address_count < TOKEN_ADDRESSES_MAX;
		i++)
		(void)snprintf(token->addresses[token->address_count++],
			TOKEN_ADDRESS_MAX + 1, "%s", invitation->urls[i]);
	for (uint32_t i = 0; (url = policy_hub_address_at(node->policy, i)) &&
		token->address_count < TOKEN_ADDRESSES_MAX;
		i++) {
		bool there = false;

		for (size_t k = 0; k < token->address_count; k++)
			there |= strcmp(token->addresses[k], url) == 0;
		if (!there)
			(void)snprintf(token->addresses[token->address_count++],
				TOKEN_ADDRESS_MAX + 1, "%s", url);
	}
	if (token->address_count)
		return true;
	problem_set(problem, EXIT_USAGE,
		T("no address is known at which devices reach this hub"));
	return problem_hint(problem, "--url tcp://HOST:PORT");
}

/* Everything about the invitation that the directory tells. */
static bool
draft_invitation(struct node *node, struct directory_draft *draft,
	const struct hub_invitation *invitation, const struct policy_user *user,
	struct problem *problem)
{
	for (size_t i = 0; i < invitation->url_count; i++)
		if (!draft_address(node, draft, invitation->urls[i], problem))
			return false;
	return (!invitation->territory && !invitation->role) ||
		grant_draft(node, draft, user,
			&(struct hub_grant){.territory = invitation->territory,
				.role = invitation->role},
			problem);
}

static bool
has_grant(struct node *node, const struct policy_user *user)
{
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(node->policy, i)); i++)
		if (!memcmp(g->user, user->id, ID_BYTES) && !g->ended)
			return true;
	return false;
}

bool
hub_invite(struct node *node, const struct hub_invitation *invitation,
	char token[static TOKEN_TEXT_SIZE], struct problem *problem)
{
	const struct policy_user *user =
		policy_user_login(node->policy, invitation->login);
	struct directory_draft draft = {0};
	struct token t = {0};
	struct invitation open = {0};
	bool made;

	if (!user) {
		problem_set(problem, EXIT_NOT_FOUND, T("there is no user %s"),
			invitation->login);
		return problem_hint(
			problem, "roadbook hub user add %s", invitation->login);
	}
	if (!invitation->territory && !has_grant(node, user)) {
		problem_set(problem, EXIT_USAGE, T("%s has no grant yet"),
			user->login);
		return problem_hint(problem, "--territory PATH --role ROLE");
	}
	if (!token_addresses(node, invitation, &t, problem) ||
		!draft_invitation(node, &draft, invitation, user, problem)) {
		directory_clear(&draft);
		return false;
	}
	randombytes_buf(t.secret, sizeof t.secret);
	node_new_id(t.id);
	memcpy(t.company_key, node->company_key, SIGNING_KEY_SIZE);
	memcpy(open.id, t.id, ID_BYTES);
	memcpy(open.secret, t.secret, TOKEN_SECRET_SIZE);
	memcpy(open.user, user->id, ID_BYTES);
	open.expires_ms =
		node_now_ms() + (int64_t)HUB_INVITATION_DAYS * 24 * 3600 * 1000;
	made = directory_write_with(node, &draft, &open, problem);
	if (made)
		token_encode(token, &t);
	token_clear(&t);
	sodium_memzero(&open, sizeof open);
	return made;
}

/* ---- letting devices in ---- */

bool
hub_session_invitation(void *self, const uint8_t *id, uint8_t *psk)
{
	struct node *node = self;
	struct invitation open;
	bool good = node->hub && !node->restoring &&
		invitation_find(node, id, &open) == STATUS_OK &&
		(open.redeemed || open.expires_ms > node_now_ms());

	/* A redeemed one may be redeemed again by its owner alone: enrol. */
	if (good)
		token_psk(psk, open.secret);
	sodium_memzero(&open, sizeof open);
	return good;
}

static enum status
record_device(struct node *node, const struct invitation *open,
	const uint8_t *sign_key, const uint8_t *link_key, const char *name,
	bool by_user)
{
	struct directory_draft draft = {0};
	struct problem problem;
	uint8_t id[ID_BYTES], before[ID_BYTES];
	bool written;

	device_id(id, sign_key);
	if (policy_device(node->policy, id)) /* redeemed before */
		return STATUS_OK;
	directory_bytes(
		&draft, TYPE_DEVICE, id, DEVICE_USER, open->user, ID_BYTES);
	directory_bytes(&draft, TYPE_DEVICE, id, DEVICE_SIGN_KEY, sign_key,
		SIGNING_KEY_SIZE);
	directory_bytes(&draft, TYPE_DEVICE, id, DEVICE_LINK_KEY, link_key,
		LINK_KEY_SIZE);
	directory_once_text(&draft, TYPE_DEVICE, id, DEVICE_KIND, "device");
	if (*name)
		directory_text(&draft, TYPE_DEVICE, id, DEVICE_NAME, name);
	memcpy(before, node->ordered_by, ID_BYTES);
	if (by_user)
		memcpy(node->ordered_by, open->user, ID_BYTES);
	written = directory_write_redeemed(
		node, &draft, open, sign_key, &problem);
	memcpy(node->ordered_by, before, ID_BYTES);
	return written ? STATUS_OK : STATUS_FAILED;
}

enum status
hub_session_enrol(void *self, const uint8_t *invitation,
	const uint8_t *sign_key, const uint8_t *link_key, const char *name,
	uint8_t *credentials, size_t *size, uint8_t *user, char *login,
	size_t login_room)
{
	struct node *node = self;
	struct invitation open;
	enum status status = invitation_find(node, invitation, &open);
	const struct policy_user *who;
	uint8_t device[ID_BYTES], asked[ID_BYTES];

	if (status != STATUS_OK)
		return status == STATUS_ABSENT ? STATUS_REFUSED : status;
	status = invitation_asked(node, invitation, asked);
	if (status != STATUS_OK)
		return status;
	device_id(device, sign_key);
	/* Who was shut out lets nobody in any more. */
	if (policy_is_revoked(node->policy, device) ||
		policy_is_revoked(node->policy, asked))
		return STATUS_REFUSED;
	who = policy_user(node->policy, open.user);
	if (!who ||
		(open.redeemed &&
			memcmp(open.sign_key, sign_key, SIGNING_KEY_SIZE)) ||
		(!open.redeemed && open.expires_ms <= node_now_ms()))
		return STATUS_REFUSED;
	(void)snprintf(login, login_room, "%s", who->login);
	status = record_device(
		node, &open, sign_key, link_key, name, !id_is_zero(asked));
	if (status != STATUS_OK)
		return status;
	memcpy(user, open.user, ID_BYTES);
	certify_device(node, open.user, sign_key, link_key,
		(uint64_t)node_now_ms(), credentials);
	*size = CREDENTIALS_SIZE_MAX;
	sodium_memzero(&open, sizeof open);
	return STATUS_OK;
}
