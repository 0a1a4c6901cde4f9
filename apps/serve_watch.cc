#include "serve_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <tuple>

#include "base/log.h"

namespace sluice::apps {
namespace {

/// Files that belong together (a certificate and its key) are written one after the other.
constexpr int kQuietMillis = 300;

/// What tells one state of a file from another.
using Mark = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;

using Marks = std::map<std::string, Mark>;

Mark MarkOf(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

/// The folder of the file and of each link on the way to it, since any of them may be swapped.
std::set<std::string> FoldersOf(const std::string& file) {
  namespace fs = std::filesystem;
  std::set<std::string> folders;
  fs::path place = fs::absolute(file);
  for (int hops = 0; hops < 16; ++hops) {
    folders.insert(place.parent_path().string());
    std::error_code error;
    folders.insert(fs::canonical(place.parent_path(), error).string());
    const fs::path target = fs::read_symlink(place, error);
    if (error) break;
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  folders.erase("");
  return folders;
}

}  // namespace

struct Watcher::Impl {
  ~Impl() {
    for (const int fd : {signals, changes}) {
      if (fd >= 0) ::close(fd);
    }
  }
  Marks MarksNow() const {
    Marks now;
    for (const auto& [file, mark] : marks) now[file] = MarkOf(file);
    return now;
  }
  void Drain() const {
    std::array<char, 4096> events;
    while (::read(changes, events.data(), events.size()) > 0) {
    }
  }

  int signals = -1;
  int changes = -1;
  Marks marks;  ///< Of the files that are watched, as they were when last told.
};

Watcher::Watcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Watcher::~Watcher() = default;

Result<std::unique_ptr<Watcher>> Watcher::Make(const sigset_t& signals) {
  auto impl = std::make_unique<Impl>();
  impl->signals = ::signalfd(-1, &signals, SFD_CLOEXEC);
  impl->changes = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (impl->signals < 0) return Fail(ErrorKind::kUnavailable, "signals cannot be waited for");
  return std::unique_ptr<Watcher>(new Watcher(std::move(impl)));
}

void Watcher::Watch(const std::vector<std::string>& files) {
  std::set<std::string> folders;
  for (const auto& file : files) folders.merge(FoldersOf(file));
  constexpr std::uint32_t kEvents =
      IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB;
  for (const auto& folder : folders) {
    if (::inotify_add_watch(impl_->changes, folder.c_str(), kEvents) < 0) {
      spdlog::warn("{}: changes in this folder are not noticed; send SIGHUP after them", folder);
    }
  }
  Marks marks;
  for (const auto& file : files) {
    // What changed since the last wake, while that was dealt with, is still to be told.
    const auto known = impl_->marks.find(file);
    marks[file] = known == impl_->marks.end() ? MarkOf(file) : known->second;
  }
  impl_->marks = std::move(marks);
}

Wake Watcher::Wait() {
  bool changed = impl_->MarksNow() != impl_->marks;
  for (;;) {
    std::array<pollfd, 2> waiting = {{{impl_->signals, POLLIN, 0}, {impl_->changes, POLLIN, 0}}};
    const int count = ::poll(waiting.data(), waiting.size(), changed ? kQuietMillis : -1);
    if (waiting[0].revents != 0) {
      signalfd_siginfo info{};
      if (::read(impl_->signals, &info, sizeof(info)) != sizeof(info)) continue;
      return info.ssi_signo == SIGHUP ? Wake::kReload : Wake::kStop;
    }
    if (count > 0 && waiting[1].revents != 0) {
      impl_->Drain();
      changed = impl_->MarksNow() != impl_->marks;
    } else if (count == 0) {
      impl_->marks = impl_->MarksNow();
      return Wake::kReload;
    }
  }
}

}  // namespace sluice::apps
