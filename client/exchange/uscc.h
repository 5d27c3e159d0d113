#ifndef CLIENT_EXCHANGE_USCC_H
#define CLIENT_EXCHANGE_USCC_H

#include <stdbool.h>

/*
 * Whether a unified social credit code (统一社会信用代码) is one: 18 signs
 * of the right alphabet with the right check sign (GB 32100). A code that is
 * not is kept and the person told: registers hold such codes.
 */
bool value_uscc_valid(const char *code);

#endif
