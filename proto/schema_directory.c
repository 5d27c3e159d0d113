#include "proto/schema_words.h"

/*
 * The directory: who there is, who may do what, and what ended (DESIGN 6).
 * Written by the hub alone, so everything has rank hq. What it says of erasing
 * is schema_erasure.c.
 */

static const struct schema_code lease_then[] = {
	{"lock", "Lock", "锁定"},
	{"wipe", "Wipe", "清除"},
};

const struct schema_field schema_company_fields[COMPANY_FIELDS] = {
	{ARCHIVED},
	{COMPANY_NAME, "name", "Company name", "公司名称", LATEST, TEXT,
		REQUIRED},
	{COMPANY_LEASE_DAYS, "lease_days", "Days of a lease", "租约天数",
		LATEST, INT},
	{COMPANY_LEASE_GRACE, "lease_grace", "Days of grace", "宽限天数",
		LATEST, INT},
	{COMPANY_LEASE_THEN, "lease_then", "After a lease", "租约到期后",
		LATEST, CODE(lease_then)},
};

static const struct schema_code user_status[] = {
	{"active", "Active", "在用"},
	{"suspended", "Suspended", "停用"},
};

const struct schema_field schema_user_fields[USER_FIELDS] = {
	{ARCHIVED},
	{USER_LOGIN, "login", "Login", "登录名", ONCE, TEXT, REQUIRED},
	{USER_NAME, "name", "Name", "姓名", LATEST, TEXT},
	{USER_STATUS, "status", "Status", "状态", LATEST, CODE(user_status)},
};

static const struct schema_code device_kind[] = {
	{"hub", "Hub", "总部节点"},
	{"device", "Device", "设备"},
};

const struct schema_field schema_device_fields[DEVICE_FIELDS] = {
	{ARCHIVED},
	{DEVICE_USER, "user_id", "User", "使用人", ONCE, REF(TYPE_USER)},
	{DEVICE_SIGN_KEY, "sign_key", "Signing key", "签名公钥", ONCE, BYTES,
		REQUIRED},
	{DEVICE_LINK_KEY, "link_key", "Link key", "通信公钥", ONCE, BYTES,
		REQUIRED},
	{DEVICE_NAME, "name", "Device name", "设备名称", LATEST, TEXT},
	{DEVICE_KIND, "kind", "Kind", "类别", ONCE, CODE(device_kind),
		REQUIRED},
	{DEVICE_REPLACES, "replaces_id", "Replaces", "替代设备", ONCE,
		REF(TYPE_DEVICE)},
	{DEVICE_RECOVERED, "recovered", "Recovered", "代开启原因", LATEST,
		TEXT},
	{DEVICE_WIPED, "wiped", "Receipt of its wipe", "清除回执", ONCE, BYTES},
	{DEVICE_BACKUP_OPENED, "backup_opened", "Backup opened", "备份开启回执",
		LATEST, BYTES},
};

static const struct schema_code territory_kind[] = {
	{"field", "Field", "业务"},
	{"management", "Management", "管理"},
};

const struct schema_field schema_territory_fields[TERRITORY_FIELDS] = {
	{ARCHIVED},
	{TERRITORY_NAME, "name", "Territory name", "区域名称", LATEST, TEXT,
		REQUIRED},
	{TERRITORY_PARENT, "parent_id", "Parent territory", "上级区域", ONCE,
		REF(TYPE_TERRITORY)},
	{TERRITORY_KIND, "kind", "Kind", "类别", ONCE, CODE(territory_kind),
		REQUIRED},
};

static const struct schema_code grant_role[] = {
	{"rep", "Sales rep", "销售代表"},
	{"manager", "Manager", "区域经理"},
	{"hq", "Head office", "总部"},
	{"admin", "Administrator", "系统管理员"},
};

const struct schema_field schema_grant_fields[GRANT_FIELDS] = {
	{ARCHIVED},
	{GRANT_USER, "user_id", "User", "用户", ONCE, REF(TYPE_USER), REQUIRED},
	{GRANT_TERRITORY, "territory_id", "Territory", "区域", ONCE,
		REF(TYPE_TERRITORY), REQUIRED},
	{GRANT_ROLE, "role", "Role", "角色", ONCE, CODE(grant_role), REQUIRED},
	/* The hub ends it on that day; nobody else acts on it. */
	{GRANT_UNTIL, "until", "Until", "截止日期", LATEST, DATE},
};

/* A grant is going to end: nothing more is written under it from then on. */
const struct schema_field schema_ending_fields[ENDING_FIELDS] = {
	{ARCHIVED},
	{ENDING_GRANT, "grant_id", "Grant", "授权", ONCE, REF(TYPE_GRANT),
		REQUIRED},
};

static const struct schema_code revoke_reason[] = {
	{"left", "Left the company", "离职"},
	{"lost", "Lost", "遗失"},
	{"stolen", "Stolen", "被盗"},
	{"replaced", "Replaced", "更换"},
	{"copied", "Copied or restored", "被复制或恢复"},
	{"other", "Other", "其他"},
};

static const struct schema_part cutoff_body[] = {
	{CUTOFF_TERRITORY, "territory_id", "Territory", "区域",
		REF(TYPE_TERRITORY), REQUIRED},
	{CUTOFF_DEVICE, "device_id", "Device", "设备", REF(TYPE_DEVICE),
		REQUIRED},
	{CUTOFF_GRANT, "grant_id", "Grant", "授权", REF(TYPE_GRANT), REQUIRED},
	{CUTOFF_LAST, "last", "Last change", "最后变更号", INT, REQUIRED},
	/* Left out where last is 0. */
	{CUTOFF_SEGMENT, "segment", "Segment", "段名", BYTES},
	{CUTOFF_STOLEN, "stolen", "Stolen", "被盗", BOOL},
	{CUTOFF_REASON, "reason", "Reason", "原因", CODE(revoke_reason)},
	{CUTOFF_REPLACED, "replaced", "Copied store", "副本", BOOL},
};

/* A cut closes its log for good (MERGE R2): no mark takes it back. */
const struct schema_field schema_cutoff_fields[CUTOFF_FIELDS] = {
	{CUTOFF_BODY, "body", "Content", "内容", ONCE, TUPLE(cutoff_body),
		REQUIRED},
};

const struct schema_field schema_hub_address_fields[HUB_ADDRESS_FIELDS] = {
	{ARCHIVED},
	{HUB_ADDRESS_URL, "url", "Address", "地址", ONCE, TEXT, REQUIRED},
};
