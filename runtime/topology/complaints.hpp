// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/base/yaml.hpp"
#include "runtime/expr/program.hpp"

namespace aisle::topology {

/// Collects what is wrong with one topology file.
class complaints {
 public:
  /// Both must outlive it.
  complaints(const base::yaml_document& of, base::diagnostics& to) : document_{of}, to_{to} {}

  void add(const base::yaml_node& at, std::string code, std::string message,
           std::string expected = {}, std::string suggestion = {});
  /// A complaint of an expression that begins `shift` bytes into the scalar.
  void add(const base::yaml_node& at, const expr::diagnostic& wrong, std::size_t shift = 0);
  /// A name that stands for nothing: says what there is, and what was probably meant.
  void unknown(const base::yaml_node& at, std::string code, std::string message,
               std::span<const std::string> known);
  /// Takes over complaints about another file.
  void add_all(const base::diagnostics& others);

  [[nodiscard]] const base::yaml_document& document() const { return document_; }
  [[nodiscard]] base::diagnostics& list() { return to_; }
  /// How often something was added, also beyond what the list takes.
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  void add(base::diagnostic d);

  const base::yaml_document& document_;
  base::diagnostics& to_;
  std::size_t count_ = 0;
};

}  // namespace aisle::topology
