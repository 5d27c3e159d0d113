#ifndef TESTS_PROTO_NOISE_VECTORS_H
#define TESTS_PROTO_NOISE_VECTORS_H

/*
 * Public test vectors of the two handshakes, from cacophony
 * (github.com/haskell-cryptography/cacophony, vectors/cacophony.txt, in the
 * public domain). tests/vectors/noise_vectors.c runs such files whole.
 */

#include <stddef.h>

enum { VECTOR_MESSAGES = 6, VECTOR_COUNT = 2 };

/* All in hexadecimal. */
struct vector {
	const char *name;
	const char *prologue;
	const char *psk; /* or NULL */
	const char *initiator_static, *initiator_ephemeral;
	const char *responder_static, *responder_ephemeral;
	const char *handshake_hash;
	struct {
		const char *payload, *ciphertext;
	} messages[VECTOR_MESSAGES];
};

static const struct vector vectors[VECTOR_COUNT] = {
	{.name = "Noise_XX_25519_ChaChaPoly_BLAKE2b",
		.prologue = "4a6f686e2047616c74",
		.initiator_static = "e61ef9919cde45dd5f82166404bd08e38bce"
				    "b5dfdfded0a34c8df7ed542214d1",
		.initiator_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5"
				       "117349a4439a6b0569da977c464a",
		.responder_static = "4a3acbfdb163dec651dfa3194dece676d437"
				    "029c62a408b4c5ea9114246e4893",
		.responder_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6"
				       "f712d65dc7b7793d5e63da6b375b",
		.handshake_hash = "8cf47d7b3cb5804c0109d48e8bcdbee2cbb6"
				  "5687d8ea2c92994ca361fb86151ad93627b9"
				  "8936cbb32de56e8abb21def3925011ac3e35"
				  "db9cbeea73ab9a4392c2",
		.messages =
			{
				{"4c756477696720766f6e204d69736573",
					"ca35def5ae56cec33dc2036731ab14896bc4"
					"c75dbb07a61f879f8e3afa4c79444c756477"
					"696720766f6e204d69736573"},
				{"4d757272617920526f746862617264",
					"95ebc60d2b1fa672c1f46a8aa265ef51bfe3"
					"8e7ccb39ec5be34069f1448088430505b674"
					"5ce64a5f33f0e8e3b83f11ce8802bca507f4"
					"f2d8b564dbe277e1966116e132faa2dfd70b"
					"8b077b9f94b913df5056ae1319469b824a98"
					"d54bbaa82c325595587064f978c4b6d104f7"
					"596e6f"},
				{"462e20412e20486179656b",
					"99579e1c1ee15e422a57ddd6b16d37087b17"
					"558e8369c18991b4b2ca3a824abf904cdcf5"
					"458b5431a75af034ca9e9b982de039eaaf15"
					"6775e2d580cd4e5ebae89c3f8cb2594b556d"
					"8a8169"},
				{"4361726c204d656e676572",
					"fc56eea290b3f3a21aac0c70cd5787b5ee99"
					"be37d2f4d751329b55"},
				{"4a65616e2d426170746973746520536179",
					"bb31c9da10d5639a4cdb88a12f5c61de41bb"
					"c7df09bf75d94f8184fe4157f5c68f"},
				{"457567656e2042f6686d20766f6e20426177"
				 "65726b",
					"f6199cadb152fb27f82be0a0891ec76a3359"
					"8ae92a46cab2fb5a8ed5bf48b7f267f8370a"
					"f7"},
			}},
	{.name = "Noise_XXpsk3_25519_ChaChaPoly_BLAKE2b",
		.prologue = "4a6f686e2047616c74",
		.psk = "54686973206973206d792041757374726961"
		       "6e20706572737065637469766521",
		.initiator_static = "e61ef9919cde45dd5f82166404bd08e38bce"
				    "b5dfdfded0a34c8df7ed542214d1",
		.initiator_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5"
				       "117349a4439a6b0569da977c464a",
		.responder_static = "4a3acbfdb163dec651dfa3194dece676d437"
				    "029c62a408b4c5ea9114246e4893",
		.responder_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6"
				       "f712d65dc7b7793d5e63da6b375b",
		.handshake_hash = "46b5997dfa51492ae9be5b611748455e83ae"
				  "bdbc2ea3c47d264ec6dd408cc076e962ff05"
				  "6890c60398fe3e7a430bbe057f34383a84df"
				  "9ff99391266dcfd638b0",
		.messages =
			{
				{"4c756477696720766f6e204d69736573",
					"ca35def5ae56cec33dc2036731ab14896bc4"
					"c75dbb07a61f879f8e3afa4c79440aa831d1"
					"e3bbd16bd7ffda87e9f7b6eeca2510006499"
					"a573ac27af3392ed1b69"},
				{"4d757272617920526f746862617264",
					"95ebc60d2b1fa672c1f46a8aa265ef51bfe3"
					"8e7ccb39ec5be34069f14480884381a78489"
					"d56c9e2ac962826f25684980b25244dbfd50"
					"5b7d903a94d4f4fd84004a1c7fbe94d686bc"
					"4c1f67259364f6f2a41cb40bf5198b9b3975"
					"be2cdd49d3e065a554e12c477d82029fabc6"
					"555bc1"},
				{"462e20412e20486179656b",
					"291dfeff6eff386e29adb0bdbd5a1ae9e09d"
					"e4449c8695d109adcb63e80e489555792a3e"
					"9150eff75d6d45571f824ed231173cb66e31"
					"e7da914241f86d0cbb678335ffe768a7445d"
					"2f5bc1"},
				{"4361726c204d656e676572",
					"6579dd60eb5e6a8b29dd60004289f5d3c2f6"
					"9fcdbf683a869f59a8"},
				{"4a65616e2d426170746973746520536179",
					"24715fd39c3c7606e81b26e69e47b54d043d"
					"9d87c512f9417bae51ab48ebb17722"},
				{"457567656e2042f6686d20766f6e20426177"
				 "65726b",
					"e49194a013d873712318643acbf0e3851086"
					"326bb168c500a766439ff543a7a1e2deb321"
					"5c"},
			}},
};

#endif
