#ifndef PROTO_SCHEMA_ROADBOOK_H
#define PROTO_SCHEMA_ROADBOOK_H

/*
 * Numbers of the shipped schema for code that means one type or one field;
 * what treats all alike asks schema_roadbook() instead. The directory's fields
 * are here because its rules read them.
 */

enum {
	TYPE_ALIAS = 1, /* SCHEMA_ALIAS */
	TYPE_COMPANY = 2,
	TYPE_USER = 3,
	TYPE_DEVICE = 4,
	TYPE_TERRITORY = 5,
	TYPE_GRANT = 6,
	TYPE_CUTOFF = 7,
	TYPE_HUB_ADDRESS = 8,
	TYPE_ENDING = 9,
	TYPE_ERASURE = 10,
	TYPE_REPLACEMENT = 11,
	TYPE_ACCOUNT = 16,
	TYPE_CONTACT = 17,
	TYPE_POSITION = 18,
	TYPE_VISIT = 19,
	TYPE_VISIT_NOTE = 20,
	TYPE_RELATIONSHIP_RATING = 21,
	TYPE_CONTACT_OWNER = 22,
	TYPE_CONTACT_LINK = 23,
	TYPE_ACCOUNT_MEMBER = 24,
	TYPE_ACCOUNT_ASSIGNMENT = 25,
	TYPE_ACTION = 26,
	TYPE_INTEL = 27,
	TYPE_HANDOVER = 28,
	TYPE_QUARANTINE = 80,
	TYPE_QUARANTINE_DECISION = 81,
	TYPE_EXPORTED = 82,
};

enum {
	COMPANY_NAME = 7,
	COMPANY_LEASE_DAYS = 11, /* absent or 0: there are no leases */
	COMPANY_LEASE_GRACE = 15,
	COMPANY_LEASE_THEN = 19,
};
enum { USER_LOGIN = 7, USER_NAME = 11, USER_STATUS = 15 };
enum {
	DEVICE_USER = 7,
	DEVICE_SIGN_KEY = 11,
	DEVICE_LINK_KEY = 15,
	DEVICE_NAME = 19,
	DEVICE_KIND = 23,
	DEVICE_REPLACES = 27,
	DEVICE_RECOVERED = 31, /* why it was opened without its passphrase */
	DEVICE_WIPED = 35,     /* what it signed when it erased itself */
	DEVICE_BACKUP_OPENED = 39, /* the same of a backup, by the root key */
};
enum { TERRITORY_NAME = 7, TERRITORY_PARENT = 11, TERRITORY_KIND = 15 };
enum {
	GRANT_USER = 7,
	GRANT_TERRITORY = 11,
	GRANT_ROLE = 15,
	GRANT_UNTIL = 19,
};
enum { ENDING_GRANT = 7 };
enum { HUB_ADDRESS_URL = 7 };
enum { VISIT_VISITED_ON = 25 };

/* A cut-off is immutable: one body, these its parts. */
enum {
	CUTOFF_BODY = 7,
	CUTOFF_TERRITORY = 1,
	CUTOFF_DEVICE = 2,
	CUTOFF_GRANT = 3,
	CUTOFF_LAST = 4,
	CUTOFF_SEGMENT = 5,
	/* Of a device's revocation. */
	CUTOFF_STOLEN = 6,
	CUTOFF_REASON = 7,
	/* Of a device: not shut out, its store was found to be a copy. */
	CUTOFF_REPLACED = 8,
};

/*
 * That a record is erased, named so that only who has its id knows which
 * (sync/erasures.h); and the segment that stands for one that held such.
 */
enum {
	ERASURE_BODY = 7,
	ERASURE_TERRITORY = 1,
	ERASURE_MARK = 2,
	ERASURE_ORDER = 3, /* the same in all of one order */
};
enum {
	REPLACEMENT_BODY = 7,
	REPLACEMENT_TERRITORY = 1,
	REPLACEMENT_DEVICE = 2,
	REPLACEMENT_GRANT = 3,
	REPLACEMENT_FIRST = 4,
	REPLACEMENT_REPLACES = 5, /* the name of what it stands for */
	REPLACEMENT_NAME = 6,
	REPLACEMENT_ORDER = 7,
};

/* What came beyond a cut-off, in a management territory. */
enum {
	QUARANTINE_BODY = 7,
	QUARANTINE_TERRITORY = 1,
	QUARANTINE_DEVICE = 2,
	QUARANTINE_GRANT = 3,
	QUARANTINE_SEQ = 4,
	QUARANTINE_PIECE = 5, /* from 0 */
	QUARANTINE_PIECES = 6,
	QUARANTINE_CHANGE = 7,
};

enum {
	DECISION_BODY = 6,
	DECISION_QUARANTINE = 1,
	DECISION_VERDICT = 2,
	DECISION_REASON = 3,
	/* Of what was accepted: the change that carries it. */
	DECISION_DEVICE = 4,
	DECISION_GRANT = 5,
	DECISION_SEQ = 6,
};
/* That records were taken out of here into a file: written before they are. */
enum {
	EXPORTED_BODY = 5,
	EXPORTED_TYPE = 1,
	EXPORTED_RECORDS = 2,
	EXPORTED_FORMAT = 3,
	/* That they were of, where this stands in its compartment: the hub's.
	 */
	EXPORTED_TERRITORY = 4,
};

#endif
