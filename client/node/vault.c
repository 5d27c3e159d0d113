#include "client/node/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'V', '3'};
static const char derive_context[crypto_kdf_CONTEXTBYTES] = "rbkvault";

enum { DERIVE_MARK = 1, DERIVE_USER = 2 };

enum {
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	MARK_SIZE = 16,
	AT_PASSES = 4,
	AT_MEMORY = 8,
	AT_SALT = 12,
	AT_USER = AT_SALT + crypto_pwhash_argon2id_SALTBYTES,
	BOX_SIZE = NONCE_SIZE + 32 + TAG_SIZE, /* a wrapped key */
	AT_SEALED = AT_USER + BOX_SIZE,
	AT_MARK = AT_SEALED + VAULT_SEALED_SIZE,
	AT_LEASED = AT_MARK + MARK_SIZE,
	AT_DATA = AT_LEASED + 1,
	AT_USER_AGAIN = AT_DATA + BOX_SIZE,
	AT_CHECK = AT_USER_AGAIN + BOX_SIZE,
	CHECK_SIZE = VAULT_SIZE - AT_CHECK,
};

_Static_assert(CHECK_SIZE == 32, "the layout");
_Static_assert((int)VAULT_USER_KEY_SIZE == (int)NODE_DATA_KEY_SIZE,
	"both are wrapped alike");

static void
put32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t
take32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
		(uint32_t)bytes[3] << 24;
}

uint8_t *
vault_data_key_room(void)
{
	uint8_t *key = sodium_malloc(NODE_DATA_KEY_SIZE);

	if (!key)
		alloc_failed();
	return key;
}

uint8_t *
vault_data_key_new(void)
{
	uint8_t *key = vault_data_key_room();

	randombytes_buf(key, NODE_DATA_KEY_SIZE);
	return key;
}

static void
check_sum(const struct vault *vault, uint8_t out[static CHECK_SIZE])
{
	(void)crypto_generichash(out, CHECK_SIZE, vault->bytes, AT_CHECK, NULL,
		0); /* sizes are in bounds */
}

static void
mark(const uint8_t *data_key, uint8_t out[static MARK_SIZE])
{
	(void)crypto_kdf_derive_from_key(out, MARK_SIZE, DERIVE_MARK,
		derive_context, data_key); /* sizes are in bounds */
}

bool
vault_is_key(const struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE])
{
	uint8_t theirs[MARK_SIZE];

	mark(data_key, theirs);
	return sodium_memcmp(theirs, vault->bytes + AT_MARK, MARK_SIZE) == 0;
}

bool
vault_stretch(uint8_t key[static NODE_DATA_KEY_SIZE],
	const struct passphrase *passphrase, const uint8_t *salt,
	uint32_t passes, uint32_t memory_mib, struct problem *problem)
{
	if (crypto_pwhash_argon2id(key, NODE_DATA_KEY_SIZE, passphrase->text,
		    passphrase->size, salt, passes, (size_t)memory_mib << 20,
		    crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return true;
	problem_set(problem, EXIT_FAILED,
		T("the passphrase needs %u MiB of memory to be tried"),
		(unsigned)memory_mib);
	return problem_hint(problem, T("close other programs, then again"));
}

/* ---- a key that is wrapped by another one ---- */

/* What a wrapped key is bound to. */
struct bound {
	size_t size;
	uint8_t bytes[sizeof magic + MARK_SIZE + 1];
};

static void
wrap(uint8_t *box, const uint8_t *key, const uint8_t *with,
	const uint8_t *bound, size_t size)
{
	randombytes_buf(box, NONCE_SIZE);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
		box + NONCE_SIZE, box + NONCE_SIZE + NODE_DATA_KEY_SIZE, NULL,
		key, NODE_DATA_KEY_SIZE, bound, size, NULL, box,
		with); /* is 0 */
}

static bool
unwrap(const uint8_t *box, uint8_t *key, const uint8_t *with,
	const uint8_t *bound, size_t size)
{
	return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(key, NULL,
		       box + NONCE_SIZE, NODE_DATA_KEY_SIZE,
		       box + NONCE_SIZE + NODE_DATA_KEY_SIZE, bound, size, box,
		       with) == 0;
}

/* That of the passphrase, in locked memory; NULL with *problem. */
static uint8_t *
passphrase_key(const struct vault *vault, const struct passphrase *passphrase,
	struct problem *problem)
{
	uint8_t *key = vault_data_key_room();

	if (vault_stretch(key, passphrase, vault->bytes + AT_SALT,
		    vault->passes, vault->memory_mib, problem))
		return key;
	sodium_free(key);
	return NULL;
}

/* Under which the data key lies, in locked memory. */
static uint8_t *
data_wrapping_key(const uint8_t *user_key, const uint8_t *secret)
{
	uint8_t *key = vault_data_key_room();

	(void)crypto_generichash(key, NODE_DATA_KEY_SIZE, secret,
		secret ? LEASE_SECRET_SIZE : 0, user_key,
		VAULT_USER_KEY_SIZE); /* sizes are in bounds */
	return key;
}

/* Under which the user key lies for whoever has the data key. */
static uint8_t *
user_wrapping_key(const uint8_t *data_key)
{
	uint8_t *key = vault_data_key_room();

	(void)crypto_kdf_derive_from_key(key, VAULT_USER_KEY_SIZE, DERIVE_USER,
		derive_context, data_key); /* sizes are in bounds */
	return key;
}

static struct bound
data_bound(const struct vault *vault)
{
	struct bound bound = {.size = sizeof bound.bytes};

	memcpy(bound.bytes, magic, sizeof magic);
	memcpy(bound.bytes + sizeof magic, vault->bytes + AT_MARK,
		MARK_SIZE + 1);
	return bound;
}

static void
wrap_data(struct vault *vault, const uint8_t *data_key, const uint8_t *user_key,
	const uint8_t *secret)
{
	uint8_t *with = data_wrapping_key(user_key, secret);
	struct bound bound;

	vault->bytes[AT_LEASED] = secret != NULL;
	bound = data_bound(vault);
	wrap(vault->bytes + AT_DATA, data_key, with, bound.bytes, bound.size);
	sodium_free(with);
}

static bool
wrap_user(struct vault *vault, const uint8_t *user_key,
	const struct passphrase *passphrase, struct problem *problem)
{
	uint8_t *with;

	vault->passes = VAULT_PASSES;
	vault->memory_mib = VAULT_MEMORY_MIB;
	memcpy(vault->bytes, magic, sizeof magic);
	put32(vault->bytes + AT_PASSES, vault->passes);
	put32(vault->bytes + AT_MEMORY, vault->memory_mib);
	randombytes_buf(vault->bytes + AT_SALT, AT_USER - AT_SALT);
	with = passphrase_key(vault, passphrase, problem);
	if (!with)
		return false;
	wrap(vault->bytes + AT_USER, user_key, with, vault->bytes, AT_USER);
	sodium_free(with);
	return true;
}

bool
vault_user_key(const struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	uint8_t user_key[static VAULT_USER_KEY_SIZE])
{
	uint8_t *with = user_wrapping_key(data_key);
	bool opened = unwrap(vault->bytes + AT_USER_AGAIN, user_key, with,
		(const uint8_t *)magic, sizeof magic);

	sodium_free(with);
	return opened;
}

bool
vault_wrap(struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const struct passphrase *passphrase, struct problem *problem)
{
	uint8_t *user_key = vault_data_key_room();
	bool done = vault_user_key(vault, data_key, user_key) ||
		problem_set(problem, EXIT_LOCKED,
			T("the key of this node was changed"));

	done = done && wrap_user(vault, user_key, passphrase, problem);
	sodium_free(user_key);
	check_sum(vault, vault->bytes + AT_CHECK);
	return done;
}

bool
vault_is_leased(const struct vault *vault)
{
	return vault->bytes[AT_LEASED] != 0;
}

bool
vault_lease(struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const uint8_t *secret)
{
	uint8_t *user_key = vault_data_key_room();
	bool done = vault_user_key(vault, data_key, user_key);

	if (done) {
		wrap_data(vault, data_key, user_key, secret);
		check_sum(vault, vault->bytes + AT_CHECK);
	}
	sodium_free(user_key);
	return done;
}

enum { SEALED_PLAIN = NODE_DATA_KEY_SIZE + ID_BYTES };
_Static_assert(crypto_box_SEALBYTES + SEALED_PLAIN == VAULT_SEALED_SIZE, "");

static bool
seal_to_company(struct vault *vault, const uint8_t *data_key,
	const uint8_t *company_key, const uint8_t *device,
	struct problem *problem)
{
	uint8_t recovery[crypto_box_PUBLICKEYBYTES];
	uint8_t *plain = sodium_malloc(SEALED_PLAIN);
	bool sealed;

	if (!plain)
		alloc_failed();
	memcpy(plain, data_key, NODE_DATA_KEY_SIZE);
	memcpy(plain + NODE_DATA_KEY_SIZE, device, ID_BYTES);
	sealed = crypto_sign_ed25519_pk_to_curve25519(recovery, company_key) ==
			0 &&
		crypto_box_seal(vault->bytes + AT_SEALED, plain, SEALED_PLAIN,
			recovery) == 0;
	sodium_free(plain);
	return sealed ||
		problem_set(problem, EXIT_FAILED,
			T("the company's key is damaged"));
}

bool
vault_make(struct vault *vault,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const uint8_t *user_key, const struct passphrase *passphrase,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t device[static ID_BYTES], struct problem *problem)
{
	uint8_t *user = vault_data_key_new(), *with;
	bool done;

	if (user_key)
		memcpy(user, user_key, VAULT_USER_KEY_SIZE);
	done = seal_to_company(vault, data_key, company_key, device, problem) &&
		wrap_user(vault, user, passphrase, problem);
	if (done) {
		mark(data_key, vault->bytes + AT_MARK);
		wrap_data(vault, data_key, user, NULL);
		with = user_wrapping_key(data_key);
		wrap(vault->bytes + AT_USER_AGAIN, user, with,
			(const uint8_t *)magic, sizeof magic);
		sodium_free(with);
		check_sum(vault, vault->bytes + AT_CHECK);
	}
	sodium_free(user);
	return done;
}

bool
vault_decode(struct vault *vault, const uint8_t *bytes, size_t size)
{
	uint8_t check[CHECK_SIZE];

	if (size != VAULT_SIZE || memcmp(bytes, magic, sizeof magic) != 0)
		return false;
	memcpy(vault->bytes, bytes, VAULT_SIZE);
	check_sum(vault, check);
	vault->passes = take32(bytes + AT_PASSES);
	vault->memory_mib = take32(bytes + AT_MEMORY);
	return sodium_memcmp(check, bytes + AT_CHECK, sizeof check) == 0 &&
		bytes[AT_LEASED] <= 1 && vault->passes >= 1 &&
		vault->passes <= VAULT_PASSES_MAX &&
		vault->memory_mib >= VAULT_MEMORY_MIB_MIN &&
		vault->memory_mib <= VAULT_MEMORY_MIB_MAX;
}

bool
vault_open_user(const struct vault *vault, const struct passphrase *passphrase,
	uint8_t user_key[static VAULT_USER_KEY_SIZE], struct problem *problem)
{
	uint8_t *with = passphrase_key(vault, passphrase, problem);
	bool opened;

	if (!with)
		return false;
	opened = unwrap(
		vault->bytes + AT_USER, user_key, with, vault->bytes, AT_USER);
	sodium_free(with);
	if (opened)
		return true;
	problem_set(problem, EXIT_LOCKED, T("that is not the passphrase"));
	return problem_hint(problem,
		T("nothing was opened or changed; if it is forgotten, head "
		  "office sets a new one: roadbook recover"));
}

bool
vault_open_data(const struct vault *vault,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	const uint8_t *secret, uint8_t data_key[static NODE_DATA_KEY_SIZE])
{
	struct bound bound = data_bound(vault);
	uint8_t *with = data_wrapping_key(
		user_key, vault_is_leased(vault) ? secret : NULL);
	bool opened = unwrap(vault->bytes + AT_DATA, data_key, with,
		bound.bytes, bound.size);

	sodium_free(with);
	return opened;
}

bool
vault_open(const struct vault *vault, const struct passphrase *passphrase,
	uint8_t data_key[static NODE_DATA_KEY_SIZE], struct problem *problem)
{
	uint8_t *user_key = vault_data_key_room();
	bool opened = vault_open_user(vault, passphrase, user_key, problem);

	if (opened && !vault_open_data(vault, user_key, NULL, data_key)) {
		opened = problem_set(problem, EXIT_LOCKED,
			T("this node is under a lease of head office's"));
		problem_hint(problem, "roadbook sync");
	}
	sodium_free(user_key);
	return opened;
}

const uint8_t *
vault_sealed(const struct vault *vault)
{
	return vault->bytes + AT_SEALED;
}

bool
vault_recover(const struct vault *vault,
	const uint8_t root_secret[static SIGNING_SECRET_SIZE],
	uint8_t data_key[static NODE_DATA_KEY_SIZE], struct problem *problem)
{
	uint8_t device[ID_BYTES];

	return vault_unseal(
		vault_sealed(vault), root_secret, data_key, device, problem);
}

bool
vault_unseal(const uint8_t sealed[static VAULT_SEALED_SIZE],
	const uint8_t root_secret[static SIGNING_SECRET_SIZE],
	uint8_t data_key[static NODE_DATA_KEY_SIZE],
	uint8_t device[static ID_BYTES], struct problem *problem)
{
	uint8_t *secret = vault_data_key_room();
	uint8_t *plain = sodium_malloc(SEALED_PLAIN);
	uint8_t public_key[crypto_box_PUBLICKEYBYTES];
	bool opened;

	if (!plain)
		alloc_failed();
	_Static_assert(crypto_box_SECRETKEYBYTES == NODE_DATA_KEY_SIZE, "");
	opened = crypto_sign_ed25519_sk_to_curve25519(secret, root_secret) ==
			0 &&
		crypto_scalarmult_base(public_key, secret) == 0 &&
		crypto_box_seal_open(plain, sealed, VAULT_SEALED_SIZE,
			public_key, secret) == 0;
	if (opened) {
		memcpy(data_key, plain, NODE_DATA_KEY_SIZE);
		memcpy(device, plain + NODE_DATA_KEY_SIZE, ID_BYTES);
	}
	sodium_free(plain);
	sodium_free(secret);
	if (opened)
		return true;
	return problem_set(
		problem, EXIT_REFUSED, T("it is not sealed to this root key"));
}

/* ---- in a folder ---- */

bool
vault_is_in(const char *dir)
{
	char *path = folder_file(dir, "vault");
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

bool
vault_load(struct vault *vault, const char *dir, struct problem *problem)
{
	char *path = folder_file(dir, "vault");
	uint8_t bytes[VAULT_SIZE + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
	bool loaded = false;

	if (size < 0) {
		problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
	} else if (!vault_decode(vault, bytes, (size_t)size)) {
		problem_set(problem, EXIT_FAILED,
			T("%s is not a key file, or it was damaged"), path);
		problem_hint(problem,
			T("put it back from a copy; without it nobody opens "
			  "what lies here"));
	} else {
		loaded = true;
	}
	if (fd >= 0)
		(void)close(fd); /* only read */
	free(path);
	return loaded;
}

bool
vault_save(const struct vault *vault, const char *dir, struct problem *problem)
{
	char *early = folder_file(dir, "vault.new");
	char *path = folder_file(dir, "vault");
	bool saved;

	(void)unlink(early); /* what one that was cut short has left */
	saved = node_write_secret(
			early, vault->bytes, sizeof vault->bytes, problem) &&
		node_settle_secret(early, path, problem);
	free(early);
	free(path);
	return saved;
}

uint8_t *
vault_prepare(const char *dir, const struct passphrase *passphrase,
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t device[static ID_BYTES], struct problem *problem)
{
	bool there = vault_is_in(dir), done;
	uint8_t *key = there ? vault_data_key_room() : vault_data_key_new();
	struct vault vault;

	if (there)
		done = vault_load(&vault, dir, problem) &&
			vault_open(&vault, passphrase, key, problem);
	else
		done = vault_make(&vault, key, NULL, passphrase, company_key,
			       device, problem) &&
			vault_save(&vault, dir, problem);
	if (done)
		return key;
	sodium_free(key);
	return NULL;
}

bool
vault_rename(const char *dir, const uint8_t data_key[static NODE_DATA_KEY_SIZE],
	const uint8_t company_key[static SIGNING_KEY_SIZE],
	const uint8_t device[static ID_BYTES], struct problem *problem)
{
	struct vault vault;

	if (!vault_load(&vault, dir, problem) ||
		!seal_to_company(
			&vault, data_key, company_key, device, problem))
		return false;
	check_sum(&vault, vault.bytes + AT_CHECK);
	return vault_save(&vault, dir, problem);
}

void
vault_guard_process(void)
{
	struct rlimit none = {0, 0};

	/* Neither can fail for a process of one's own. */
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
