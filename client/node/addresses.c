#include "client/node/addresses.h"

#include <string.h>

#include "client/node/hub/hub.h"
#include "client/node/peers.h"
#include "client/store/setting.h"
#include "proto/token.h"

static const char name[] = "addresses";

/* Texts, each with its closing zero. */
struct own_list {
	char list[ADDRESSES_MAX * (TOKEN_ADDRESS_MAX + 1)];
	size_t size;
	size_t count;
	bool unread; /* the disk did not give it */
};

static void
load(struct own_list *own, struct node *node)
{
	*own = (struct own_list){.size = 0};
	own->unread = setting_read(node->store, name, own->list,
			      sizeof own->list, &own->size) == STATUS_FAILED;
	if (own->size && own->list[own->size - 1])
		own->size = 0; /* not written by us */
	for (size_t at = 0; at < own->size; at += strlen(own->list + at) + 1)
		own->count++;
}

/* Where it stands; own->size: nowhere. */
static size_t
find(const struct own_list *own, const char *url)
{
	size_t at = 0;

	while (at < own->size && strcmp(own->list + at, url) != 0)
		at += strlen(own->list + at) + 1;
	return at;
}

static bool
save(struct node *node, const struct own_list *own, struct problem *problem)
{
	if (!own->unread &&
		setting_set(node->store, name, own->list, own->size) ==
			STATUS_OK)
		return true;
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

bool
addresses_add(struct node *node, const char *url, struct problem *problem)
{
	struct own_list own;

	if (!hub_address_usable(url)) {
		problem_set(problem, EXIT_USAGE,
			T("%s is no address that others can dial"), url);
		return problem_hint(problem,
			T("write it as tcp://HOST:PORT, as devices reach it"));
	}
	load(&own, node);
	if (find(&own, url) < own.size)
		return true;
	if (own.count == ADDRESSES_MAX) {
		problem_set(problem, EXIT_USAGE,
			T("there are %d addresses already"), ADDRESSES_MAX);
		return problem_hint(problem, "roadbook address remove URL");
	}
	memcpy(own.list + own.size, url, strlen(url) + 1);
	own.size += strlen(url) + 1;
	return save(node, &own, problem);
}

bool
addresses_remove(struct node *node, const char *url, struct problem *problem)
{
	size_t at, size = strlen(url) + 1;
	struct own_list own;

	load(&own, node);
	at = find(&own, url);
	if (at == own.size) {
		problem_set(problem, EXIT_NOT_FOUND,
			T("%s is no address that was added here"), url);
		return problem_hint(problem, "roadbook address list");
	}
	memmove(own.list + at, own.list + at + size, own.size - at - size);
	own.size -= size;
	return save(node, &own, problem);
}

bool
addresses_own(struct node *node, const char *url)
{
	char last[TOKEN_ADDRESS_MAX + 1];
	size_t size =
		setting_get(node->store, "hub_address", last, sizeof last);
	struct own_list own;

	load(&own, node);
	return find(&own, url) < own.size &&
		(size != strlen(url) + 1 || memcmp(last, url, size) != 0);
}

void
addresses_each(struct node *node, void (*found)(void *self, const char *url),
	void *self)
{
	struct own_list own;

	load(&own, node);
	for (size_t at = 0; at < own.size; at += strlen(own.list + at) + 1)
		found(self, own.list + at);
}

json_t *
addresses_json(struct node *node)
{
	char **urls = peers_hub_urls(node);
	json_t *list = json_array();
	struct own_list own;

	load(&own, node);
	for (size_t i = 0; urls[i]; i++)
		json_array_append_new(list,
			json_pack("{s:s, s:b}", "url", urls[i], "own",
				find(&own, urls[i]) < own.size));
	peers_free_urls(urls);
	return list;
}
