#include "base/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

extern char** environ;

namespace sluice {
namespace {

constexpr std::size_t kMaxPrinted = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kExitCheck{5};

std::string TextOf(int code) {
  return std::generic_category().message(code);
}

using SteadyTime = std::chrono::steady_clock::time_point;

/// Both ends of a pipe, closed when it goes.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  ~Pipe() {
    Close(0);
    Close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool ok() const { return ends_[0] >= 0; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void Close(int end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// A program that was started, in a process group of its own; ended with that group unless it was
/// waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  std::optional<int> WaitUntil(SteadyTime deadline) {
    for (;;) {
      int state = 0;
      const pid_t done = ::waitpid(pid_, &state, WNOHANG);
      if (done == pid_ || (done < 0 && errno != EINTR)) {
        pid_ = -1;
        if (done < 0) return 127;
        return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
      }
      if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
      std::this_thread::sleep_for(kExitCheck);
    }
  }

 private:
  pid_t pid_;
};

Result<pid_t> Start(const std::vector<std::string>& arguments, const Pipe& out, const Pipe& err) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, out.writer(), 1);
  ::posix_spawn_file_actions_adddup2(&files, err.writer(), 2);
  posix_spawnattr_t how;
  ::posix_spawnattr_init(&how);
  // Threads of a server block signals, and ignore some: not so the program.
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &all);
  ::posix_spawnattr_setflags(
      &how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int code = ::posix_spawn(&pid, argv[0], &files, &how, argv.data(), environ);
  ::posix_spawnattr_destroy(&how);
  ::posix_spawn_file_actions_destroy(&files);
  if (code != 0) {
    return Fail(ErrorKind::kNotFound, "{} cannot be run: {}", arguments[0], TextOf(code));
  }
  return pid;
}

/// Reads both until they end. Errors: as RunProgram.
Status ReadAll(const Pipe& out, const Pipe& err, SteadyTime deadline, ProgramOutput* output) {
  std::array<pollfd, 2> polled{{{out.reader(), POLLIN, 0}, {err.reader(), POLLIN, 0}}};
  const std::array<std::string*, 2> into{&output->out, &output->err};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    using namespace std::chrono;
    const auto left = duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return Fail(ErrorKind::kTimeout, "it did not end in time");
    if (::poll(polled.data(), polled.size(), static_cast<int>(std::min<std::int64_t>(left, 1000))) <
            0 &&
        errno != EINTR) {
      return Fail(ErrorKind::kInternal, "poll: {}", TextOf(errno));
    }
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) continue;
      std::array<char, 16384> piece;
      const auto count = ::read(polled[i].fd, piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        polled[i].fd = -1;
        continue;
      }
      into[i]->append(piece.data(), static_cast<std::size_t>(count));
      if (into[i]->size() > kMaxPrinted) {
        return Fail(ErrorKind::kTooLarge, "it prints more than {} bytes", kMaxPrinted);
      }
    }
  }
  return {};
}

}  // namespace

std::optional<std::string> FindProgram(std::string_view name, std::string_view path) {
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find(':', begin), path.size());
    std::string candidate(path.substr(begin, end - begin));
    begin = end + 1;
    // An empty entry would be the folder that this process happens to be in.
    if (candidate.empty()) continue;
    candidate.append("/").append(name);
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

Result<ProgramOutput> RunProgram(const std::vector<std::string>& arguments,
                                 std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  Pipe out;
  Pipe err;
  if (!out.ok() || !err.ok()) {
    return Fail(ErrorKind::kUnavailable, "{}: no pipe: {}", arguments[0], TextOf(errno));
  }
  SLUICE_TRY(const pid_t pid, Start(arguments, out, err));
  Child child(pid);
  out.Close(1);
  err.Close(1);
  ProgramOutput output;
  if (auto read = ReadAll(out, err, deadline, &output); !read) {
    return Fail(read.error().At(arguments[0]));
  }
  const auto status = child.WaitUntil(deadline);
  if (!status) return Fail(ErrorKind::kTimeout, "{}: it did not end in time", arguments[0]);
  output.status = *status;
  return output;
}

}  // namespace sluice
