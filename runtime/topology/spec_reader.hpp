// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/topology/complaints.hpp"
#include "runtime/topology/spec.hpp"

namespace aisle::topology {

// The parts of read_spec, one per section of the language. Each appends to `into` what it could
// read.

void read_sources(const base::yaml_node& section, complaints& about, spec& into);
void read_tables(const base::yaml_node& section, complaints& about, spec& into);
void read_stages(const base::yaml_node& section, complaints& about, spec& into);
void read_sinks(const base::yaml_node& section, complaints& about, spec& into);

/// True when the section is a mapping; complains otherwise.
bool expect_mapping(const base::yaml_node& section, std::string_view what, complaints& about);

/// True when the key may be a name: a letter, then letters, digits, `_` and `-`, at most 64.
/// Complains otherwise.
bool check_name(const base::yaml_node& key, std::string_view what, complaints& about);

/// The same without `-`: for names that expressions use.
bool check_identifier(const base::yaml_node& key, std::string_view what, complaints& about);

/// The words of `x` or of `[x, y]`; complains of anything else.
std::vector<word> words_of(const base::yaml_node& node, std::string_view what, complaints& about);

/// The same; complains of `[]`, too.
std::vector<word> some_words_of(const base::yaml_node& node, std::string_view what,
                                complaints& about);

/// The scalar as a word; complains of anything else.
std::optional<word> word_of(const base::yaml_node& node, std::string_view what, complaints& about);

/// A member that is one word.
std::optional<word> take_word(base::yaml_reader& from, std::string_view key, complaints& about,
                              bool required = false);

/// Complains of a span of no time.
void expect_some(base::duration span, const base::yaml_node& at, complaints& about);

/// The members of a mapping whose keys and values are the user's.
std::vector<entry> entries_of(const base::yaml_node& node, std::string_view what,
                              complaints& about);

}  // namespace aisle::topology
