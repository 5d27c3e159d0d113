/* client/exchange/uscc: the credit codes of companies. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/exchange/uscc.h"

static void
checks_the_check_sign_of_credit_codes(void **state)
{
	static const char good[] = "91350100M000100Y43";
	char code[sizeof good];

	(void)state;
	assert_true(value_uscc_valid(good));
	assert_true(value_uscc_valid("91990101MA0001111W"));
	assert_true(value_uscc_valid("91990202MA0002222H"));
	assert_true(value_uscc_valid("91990303MA00033336"));
	assert_false(value_uscc_valid(""));
	assert_false(value_uscc_valid("91350100M000100Y4"));
	assert_false(value_uscc_valid("91350100M000100Y433"));
	assert_false(value_uscc_valid("91350100m000100y43"));
	for (size_t i = 0; i < sizeof good - 1; i++) {
		memcpy(code, good, sizeof code);
		code[i] = code[i] == '1' ? '2' : '1';
		assert_false(value_uscc_valid(code));
		code[i] = 'I';
		assert_false(value_uscc_valid(code));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_the_check_sign_of_credit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
