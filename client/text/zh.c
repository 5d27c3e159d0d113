#include "client/text/zh.h"

const struct zh_text zh_texts[] = {
	{"error: ", "错误："},
};

const size_t zh_text_count = sizeof zh_texts / sizeof zh_texts[0];
