// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kv/errors.hpp"
#include "runtime/kv/pages.hpp"

namespace aisle::kv {

/// A data file, read page by page with pread: never mapped, so that no damage can hurt who reads.
class page_file {
 public:
  [[nodiscard]] static result<page_file> open(const std::filesystem::path& file);
  page_file(page_file&& other) noexcept;
  page_file& operator=(page_file&& other) noexcept;
  ~page_file();

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Up to so many bytes at `at`, into `into`; fewer at the end of the file, or when it cannot be
  /// read there.
  void read(std::uint64_t at, std::size_t most, std::string& into) const;

 private:
  page_file(int descriptor, std::uint64_t bytes) : descriptor_{descriptor}, bytes_{bytes} {}
  int descriptor_;
  std::uint64_t bytes_;
};

/// Which leaves are read: all, or those of the small tables that the others hang on.
enum class walk_depth : std::uint8_t { branches, leaves };

/// A row where it lies.
struct row_at {
  std::string_view table;
  std::string_view key;
  std::string_view value;
  /// The byte of the file at which its page begins.
  std::uint64_t page_at = 0;
};

/// What a walk found in the file, besides defects.
struct walk_counts {
  std::uint64_t pages = 0;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  std::uint64_t rows = 0;
};

/// Walks the trees of a data file as its newest head has them: every page is where it says it is,
/// is reached once and is not free; keys ascend; nodes fill their pages; counts are what the roots
/// say.
class page_walk {
 public:
  using row_visitor = std::function<void(const row_at&)>;

  /// `file` must outlive the walk. `visit` is given the rows of our tables that are read.
  page_walk(const page_file& file, walk_depth depth, row_visitor visit);

  /// The defects, at most `defects_max`: there may be more. Empty: none of what was read.
  [[nodiscard]] std::vector<pages::defect> run();
  [[nodiscard]] const walk_counts& counts() const { return counts_; }
  /// Once run: whether there is a table of this name, or none at all.
  [[nodiscard]] bool could_be_ours(std::string_view table) const;

  static constexpr std::size_t defects_max = 100;

 private:
  struct tree_walk;
  struct node;
  struct bounds;
  enum class mark : std::uint8_t { none, used, free };

  void walk_free_list();
  void walk_tables();
  void walk(tree_walk& in, std::uint64_t page, unsigned level, const bounds& keys);
  [[nodiscard]] bool check_keys(const tree_walk& in, const std::vector<node>& nodes,
                                std::uint64_t number, const bounds& keys, bool leaf);
  void walk_children(tree_walk& in, const std::vector<node>& nodes, std::uint64_t number,
                     unsigned level, const bounds& keys);
  void walk_rows(tree_walk& in, const std::vector<node>& nodes, std::uint64_t number);
  void walk_tree(tree_walk& in);
  void take_table(const node& from, std::uint64_t number);
  void take_free(std::string_view value, std::uint64_t number);

  /// Claims pages for use, or as free; false, and a defect, when they are claimed already.
  bool claim(std::uint64_t first, std::uint64_t count, mark as, std::uint64_t from_page);
  [[nodiscard]] bool load(std::uint64_t number, std::uint16_t kind, std::string& into);
  [[nodiscard]] std::optional<std::vector<node>> nodes_of(const std::string& page,
                                                          std::uint64_t number, bool leaf);
  [[nodiscard]] std::optional<std::string> big_value(const node& of, std::uint64_t number);
  void defect(std::uint64_t page, std::string what);
  [[nodiscard]] bool reads_leaves(std::string_view table) const;

  const page_file& file_;
  walk_depth depth_;
  row_visitor visit_;
  pages::heads heads_;
  std::vector<mark> marks_;
  std::vector<pages::defect> defects_;
  struct named_tree {
    std::string name;
    pages::tree root;
  };
  std::vector<named_tree> tables_;
  walk_counts counts_;
};

}  // namespace aisle::kv
