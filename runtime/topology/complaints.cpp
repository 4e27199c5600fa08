// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/complaints.hpp"

#include <vector>

#include <fmt/format.h>

namespace aisle::topology {
namespace {

std::string_view code_of(expr::errc code) {
  switch (code) {
    case expr::errc::syntax:
      return "syntax";
    case expr::errc::unknown_name:
      return "unknown-name";
    case expr::errc::type_mismatch:
      return "type-mismatch";
    case expr::errc::out_of_range:
      return "out-of-range";
    case expr::errc::too_complex:
      return "too-complex";
  }
  return "syntax";
}

}  // namespace

void complaints::add(base::diagnostic d) {
  ++count_;
  if (to_.size() < base::yaml_complaints_max) {
    to_.push_back(std::move(d));
  }
}

void complaints::add(const base::yaml_node& at, std::string code, std::string message,
                     std::string expected, std::string suggestion) {
  auto d = document_.at(at, std::move(code), std::move(message));
  d.expected = std::move(expected);
  d.suggestion = std::move(suggestion);
  add(std::move(d));
}

void complaints::add(const base::yaml_node& at, const expr::diagnostic& wrong, std::size_t shift) {
  auto d = document_.at(at, wrong.begin + shift, wrong.end + shift,
                        std::string{code_of(wrong.code)}, wrong.message);
  d.expected = wrong.expected;
  d.suggestion = wrong.suggestion;
  add(std::move(d));
}

void complaints::unknown(const base::yaml_node& at, std::string code, std::string message,
                         std::span<const std::string> known) {
  add(at, std::move(code), std::move(message),
      known.empty() ? "" : fmt::format("one of: {}", fmt::join(known, ", ")),
      base::nearest(at.text, known));
}

void complaints::add_all(const base::diagnostics& others) {
  for (const auto& d : others) {
    add(d);
  }
}

}  // namespace aisle::topology
