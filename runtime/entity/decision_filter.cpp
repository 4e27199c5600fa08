// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/decision_filter.hpp"

#include <array>
#include <cstdint>

namespace aisle::entity {
namespace {

constexpr std::size_t labels = 4;

expr::binding text(std::string name, std::uint8_t field) {
  return {.name = std::move(name),
          .place = {.row = 0, .field = field, .type = {base::kind::string}}};
}

}  // namespace

const expr::scope& decision_names() {
  static const expr::scope names{
      {text("kind", 0), text("name", 1), text("code", 2), text("severity", 3)}};
  return names;
}

bool decision_filter::takes(const decision_labels& of) const {
  std::string heap;
  std::array<std::uint64_t, 1 + labels> words{(1U << labels) - 1};
  std::size_t field = 0;
  for (const std::string_view label :
       {of.kind, of.name, std::string_view{of.code}, to_text(of.severity)}) {
    words[++field] = expr::text_word(heap.size(), label.size());
    heap += label;
  }
  const expr::row_ref row{.words = words.data(), .heap = heap.data()};
  const auto found = of_.evaluate(std::span{&row, 1});
  return !found || found->is_null() || found->as_boolean();
}

}  // namespace aisle::entity
