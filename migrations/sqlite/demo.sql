-- Demo data: a small company, Phương Nam, with one queue and several hotlines, and the sample from Stringee's own manual.
--
-- It shows each of these, and the rows of rule_tests hold it to them (the number stands in their names):
--    1  one hotline per team
--    2  a known caller rings their owner for 12 s, then the team; an owner on leave is covered
--    3  a morning and an afternoon shift
--    4  Tết: closed from 2027-02-05 to 02-11, half a day open on 02-05, duty on mobiles, last night's duty to its end
--    5  night duty on mobiles, 25 s each
--    6  VIP callers: the VIP desk, then sales; a blocked prefix rings nobody
--    7  English speakers of the support team first, any English speaker from 20 s on, anybody from 45 s on
--    8  the team leader joins at 20 s, the same people's mobiles at 45 s
--    9  a trainee with a small share, and a partner with 10 % of the calls
--   10  Stringee's sample: the documented request gets exactly the documented answer
--   11  two leaves, the second one entered before the first is over
--   12  a night on duty that two people have swapped
--   13  public holidays, entered once for all schedules
--   14  every other Saturday
--   15  four calls that wait at once begin with four people (groups.spread; a rule test asks about one call alone)
-- To be applied to a database that holds nothing but its settings.

INSERT INTO groups (id, name, strategy, spread, note) VALUES
  ('kinh_doanh', 'Nhóm kinh doanh', 'weighted', 1, 'bán hàng; cuộc gọi chia theo trọng số, chờ cùng lúc thì gọi người khác nhau');

INSERT INTO groups (id, name, strategy, note) VALUES
  ('cskh',       'Chăm sóc khách hàng', 'ordered',  'hỗ trợ; vòng 2 là trưởng nhóm'),
  ('ky_thuat',   'Nhóm kỹ thuật',       'rotate',   'kỹ thuật; cuộc sau bắt đầu với người kế tiếp'),
  ('vip',        'Bàn VIP',             'sticky',   'khách gặp lại đúng người quen'),
  ('tieng_anh',  'Nói tiếng Anh',       'ordered',  'một ngôn ngữ cũng là một nhóm'),
  ('truc_dem',   'Trực đêm',            'ordered',  'trực đêm, qua di động'),
  ('truc_tet',   'Trực Tết',            'ordered',  'trực Tết, qua di động'),
  ('du_phong',   'Dự phòng',            'ordered',  'đổ chuông khi không quy tắc nào tìm được ai');

INSERT INTO settings (key, value, note) VALUES
  ('fallback_group', 'du_phong', 'đổ chuông cho cuộc gọi mà không quy tắc nào tìm được ai');

UPDATE settings SET note = 'múi giờ của khung giờ, ngày nghỉ và hạn' WHERE key = 'time_zone';
UPDATE settings SET note = 'thêm vào trước các số trong nước' WHERE key = 'country_code';
UPDATE settings SET note = 'số giây đổ chuông nếu không ghi khác' WHERE key = 'answer_timeout';
UPDATE settings SET note = 'danh sách dài nhất được trả lời' WHERE key = 'max_agents';

INSERT INTO queues (id, name, note) VALUES
  ('QU_TONGDAI', 'Tổng đài Phương Nam',        'mọi hotline của công ty'),
  ('queue_1',    'Hàng đợi mẫu của Stringee',  'mẫu trong tài liệu');

INSERT INTO hotlines (number, name, note) VALUES
  ('024 7100 1001', 'Hotline kinh doanh', NULL),
  ('024 7100 1002', 'Hotline CSKH',       NULL),
  ('024 7100 1003', 'Hotline tiếng Anh',  NULL),
  ('024 7100 1004', 'Hotline kỹ thuật',   NULL);

-- Vietnam's public holidays. Those of the lunar calendar have another date each year, so they end with 2030.
INSERT INTO holidays (name, date_from, date_to, every_year, note) VALUES
  ('Tết Dương lịch',                          '2026-01-01', '2026-01-01', 1, NULL),
  ('Ngày Chiến thắng và Quốc tế Lao động',    '2026-04-30', '2026-05-01', 1, NULL),
  ('Quốc khánh',                              '2026-09-02', '2026-09-02', 1, NULL),
  ('Tết Bính Ngọ',                            '2026-02-16', '2026-02-20', 0, 'mùng 1 là 17/2'),
  ('Giỗ Tổ Hùng Vương 2026',                  '2026-04-26', '2026-04-26', 0, 'mùng 10 tháng 3'),
  ('Tết Đinh Mùi',                            '2027-02-05', '2027-02-09', 0, 'mùng 1 là 6/2'),
  ('Giỗ Tổ Hùng Vương 2027',                  '2027-04-16', '2027-04-16', 0, 'mùng 10 tháng 3'),
  ('Tết Mậu Thân',                            '2028-01-25', '2028-01-29', 0, 'mùng 1 là 26/1'),
  ('Giỗ Tổ Hùng Vương 2028',                  '2028-04-04', '2028-04-04', 0, 'mùng 10 tháng 3'),
  ('Tết Kỷ Dậu',                              '2029-02-12', '2029-02-16', 0, 'mùng 1 là 13/2'),
  ('Giỗ Tổ Hùng Vương 2029',                  '2029-04-23', '2029-04-23', 0, 'mùng 10 tháng 3'),
  ('Tết Canh Tuất',                           '2030-02-01', '2030-02-05', 0, 'mùng 1 là 2/2'),
  ('Giỗ Tổ Hùng Vương 2030',                  '2030-04-12', '2030-04-12', 0, 'mùng 10 tháng 3');

INSERT INTO schedules (id, name, on_holidays, note) VALUES
  ('gio_lam_viec', 'Giờ làm việc',      'closed', 'giờ mở cửa'),
  ('ca_sang',      'Ca sáng',           'closed', 'ca sáng của CSKH'),
  ('ca_chieu',     'Ca chiều',          'closed', 'ca chiều của CSKH'),
  ('thu_bay_xen',  'Thứ bảy cách tuần', 'closed', 'hai tuần một lần'),
  ('truc_dem',     'Trực đêm',          'sun',    'ngoài giờ làm việc; ngày lễ như chủ nhật'),
  ('truc_tet',     'Trực Tết',          'usual',  'Tết Đinh Mùi 2027');

-- Weekly hours.
INSERT INTO schedule_hours (schedule_id, days, start_time, end_time, note) VALUES
  ('gio_lam_viec', 'mon-fri', '08:00', '17:30', NULL),
  ('gio_lam_viec', 'sat',     '08:00', '12:00', NULL),
  ('ca_sang',      'mon-sat', '08:00', '12:00', NULL),
  ('ca_chieu',     'mon-fri', '12:00', '17:30', NULL),
  ('truc_dem',     'mon-fri', '17:30', '08:00', 'đến sáng hôm sau'),
  ('truc_dem',     'sat',     '12:00', '08:00', 'đến sáng chủ nhật'),
  ('truc_dem',     'sun',     '08:00', '08:00', 'cả ngày đêm, đến sáng thứ hai');

INSERT INTO schedule_hours (schedule_id, days, start_time, end_time, every_weeks, week_of, note) VALUES
  ('thu_bay_xen', 'sat', '08:00', '12:00', 2, '2026-11-28', 'tuần có thứ bảy 28/11, rồi cách một tuần');

-- Tết 2027. On the dates of a dated row the weekly hours do not count; the row with the narrowest range wins.
INSERT INTO schedule_hours (schedule_id, date_from, date_to, start_time, end_time, note) VALUES
  ('gio_lam_viec', '2027-02-05', '2027-02-11', NULL,    NULL,    'đóng cửa dịp Tết'),
  ('gio_lam_viec', '2027-02-05', '2027-02-05', '08:00', '12:00', 'nửa ngày, hôm cuối năm'),
  ('ca_sang',      '2027-02-05', '2027-02-11', NULL,    NULL,    'đóng cửa dịp Tết'),
  ('ca_sang',      '2027-02-05', '2027-02-05', '08:00', '12:00', 'nửa ngày, hôm cuối năm'),
  ('ca_chieu',     '2027-02-05', '2027-02-11', NULL,    NULL,    'đóng cửa dịp Tết'),
  ('truc_dem',     '2027-02-05', '2027-02-10', NULL,    NULL,    'đã có trực Tết; đêm 4/2 vẫn trực đến hết'),
  ('truc_tet',     '2027-02-05', '2027-02-05', '12:00', '24:00', 'từ khi hết nửa ngày làm việc'),
  ('truc_tet',     '2027-02-06', '2027-02-11', '00:00', '24:00', NULL);

INSERT INTO agents (id, name, phone_number, routing_type, answer_timeout, note) VALUES
  ('hoa',     'Nguyễn Thị Hoa',   '84903100001', 1, NULL, NULL),
  ('minh',    'Trần Quang Minh',  '84903100002', 1, NULL, NULL),
  ('lan',     'Lê Ngọc Lan',      '84903100003', 1, NULL, 'nghỉ phép tháng 11 và tháng 1, xem absences'),
  ('linh',    'Phạm Thùy Linh',   '84903100004', 1, NULL, 'bán hàng, biết chút tiếng Anh'),
  ('tuan',    'Đỗ Anh Tuấn',      NULL,          1, NULL, 'đang học việc: nhận ít cuộc gọi'),
  ('an',      'Vũ Hoài An',       '84903200001', 1, NULL, 'ca sáng, tiếng Anh'),
  ('binh',    'Hoàng Thanh Bình', '84903200002', 1, NULL, 'ca sáng'),
  ('chi',     'Bùi Kim Chi',      '84903200003', 1, NULL, 'ca chiều, tiếng Anh'),
  ('dung',    'Ngô Tiến Dũng',    '84903200004', 1, NULL, 'ca chiều'),
  ('huong',   'Đặng Thu Hương',   '84903200009', 1, NULL, 'trưởng nhóm CSKH'),
  ('quang',   'Phan Nhật Quang',  '84903300001', 1, NULL, NULL),
  ('giang',   'Võ Trường Giang',  '84903300003', 1, NULL, 'làm thêm thứ bảy cách tuần'),
  ('vu',      'Lý Minh Vũ',       '84903300002', 1, NULL, NULL),
  ('mai',     'Dương Tuyết Mai',  '84903400001', 1, NULL, NULL),
  ('khoa',    'Hồ Đăng Khoa',     '84903400002', 1, NULL, NULL),
  ('son',     'Trịnh Văn Sơn',    '84903500001', 2, 25,   'làm ở nhà: luôn qua di động'),
  ('thao',    'Mai Phương Thảo',  '84903500002', 2, 25,   'làm ở nhà: luôn qua di động'),
  ('sao_viet', 'Đối tác Sao Việt', '842873001234', 2, 20, 'đối tác, gọi vào hotline riêng của họ'),
  ('agent_1', 'Agent 1 (mẫu)',    '84909992666', 2, 15,   'mẫu của Stringee'),
  ('agent_2', 'Agent 2 (mẫu)',    '84909992666', 1, 10,   'mẫu của Stringee');

-- Lan is on leave, twice. Her own callers go to Hoa meanwhile, the second time to Minh.
UPDATE agents SET cover_id = 'hoa' WHERE id = 'lan';
INSERT INTO absences (agent_id, starts_at, ends_at, cover_id, note) VALUES
  ('lan', '2026-11-16 08:00', '2026-11-30 08:00', NULL,   'nghỉ phép'),
  ('lan', '2027-01-04',       '2027-01-08',       'minh', 'nghỉ phép, cả ngày');

-- Sales: four times 100, and 20 for the trainee. No shift: the rules ask for opening hours.
INSERT INTO group_members (group_id, agent_id, weight) VALUES
  ('kinh_doanh', 'hoa',  100),
  ('kinh_doanh', 'minh', 100),
  ('kinh_doanh', 'lan',  100),
  ('kinh_doanh', 'linh', 100),
  ('kinh_doanh', 'tuan', 20);

-- Support: level 1 by shift; the team leader is level 2 and has no shift.
INSERT INTO group_members (group_id, agent_id, level, position, schedule_id) VALUES
  ('cskh', 'an',    1, 10, 'ca_sang'),
  ('cskh', 'binh',  1, 20, 'ca_sang'),
  ('cskh', 'chi',   1, 10, 'ca_chieu'),
  ('cskh', 'dung',  1, 20, 'ca_chieu'),
  ('cskh', 'huong', 2, 10, NULL);

-- English: level is how well. A shift here counts where a step names this group as its group_id.
INSERT INTO group_members (group_id, agent_id, level, position, schedule_id) VALUES
  ('tieng_anh', 'an',   1, 10, 'ca_sang'),
  ('tieng_anh', 'chi',  1, 10, 'ca_chieu'),
  ('tieng_anh', 'linh', 2, 10, 'gio_lam_viec');

INSERT INTO group_members (group_id, agent_id, position) VALUES
  ('ky_thuat', 'quang', 10),
  ('ky_thuat', 'vu',    20),
  ('vip',      'mai',   10),
  ('vip',      'khoa',  20);

-- Duty: routing_type 2 rings the mobile, whatever the agent's own routing_type is.
INSERT INTO group_members (group_id, agent_id, position, schedule_id, routing_type, answer_timeout) VALUES
  ('truc_dem', 'son',   10, 'truc_dem', 2, 25),
  ('truc_dem', 'thao',  20, 'truc_dem', 2, 25),
  ('truc_tet', 'vu',    10, NULL,       2, 25),
  ('truc_tet', 'huong', 20, NULL,       2, 25),
  ('du_phong', 'huong', 10, NULL,       2, 30);

INSERT INTO group_members (group_id, agent_id, position, schedule_id) VALUES
  ('ky_thuat', 'giang', 30, 'thu_bay_xen');

-- Sơn and Thảo have swapped the night that begins on 10 December: each takes the other's place.
INSERT INTO stand_ins (agent_id, by_id, group_id, date_from, date_to, note) VALUES
  ('son',  'thao', 'truc_dem', '2026-12-10', '2026-12-10', 'đổi ca'),
  ('thao', 'son',  'truc_dem', '2026-12-10', '2026-12-10', 'đổi ca');

INSERT INTO callers (number, name, owner_id, tags, expires_on, note) VALUES
  ('0912 000 111', 'Chị Hằng, Nội thất Hoàng Gia', 'lan',  NULL,  NULL,         'số ghi thế nào cũng được'),
  ('0913 000 222', 'Anh Phúc, Cơ khí Tân Tiến',    'minh', NULL,  NULL,         NULL),
  ('0282220*',     'Công ty Minh Long',            'hoa',  NULL,  NULL,         'mọi máy nhánh của công ty'),
  ('0903 000 001', 'Anh Dũng, Vinatex',            NULL,   'vip', NULL,         NULL),
  ('0903 000 002', 'Chị Oanh, Hải Âu Travel',      NULL,   'vip', NULL,         NULL),
  ('0988 000 333', 'Anh Tài, khách thử VIP',       NULL,   'vip', '2026-12-31', 'VIP thử đến hết năm');

-- The rules, each with its steps. A step of sales has max_agents where the list would ring for more than 60 s: longer
-- than a caller waits unless the queue says otherwise. Hotlines: 024 7100 1001 sales, 1002 support, 1003 English, 1004 technicians.

INSERT INTO rules (id, position, name, queue_id, from_number, action, note) VALUES
  (1, 10, 'Chặn số quấy rối', 'QU_TONGDAI', '84779*', 'nobody', 'đầu số bị chặn, không đổ chuông cho ai');

INSERT INTO rules (id, position, name, queue_id, schedule_id, note) VALUES
  (2, 20, 'Trực Tết', 'QU_TONGDAI', 'truc_tet', 'đứng trước mọi quy tắc trong dịp Tết');
INSERT INTO rule_steps (rule_id, step, group_id) VALUES
  (2, 1, 'truc_tet');

INSERT INTO rules (id, position, name, queue_id, caller_tag, schedule_id, note) VALUES
  (3, 30, 'Khách VIP', 'QU_TONGDAI', 'vip', 'gio_lam_viec', 'bàn VIP, rồi nhóm kinh doanh, dù gọi hotline nào');
INSERT INTO rule_steps (rule_id, step, group_id, max_agents) VALUES
  (3, 1, 'vip',        NULL),
  (3, 2, 'kinh_doanh', 2);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id, note) VALUES
  (4, 40, 'Hotline tiếng Anh', 'QU_TONGDAI', '024 7100 1003', 'gio_lam_viec',
    'CSKH nói tiếng Anh, từ giây 20 ai nói được, từ giây 45 bất kỳ ai');
INSERT INTO rule_steps (rule_id, step, after_seconds, group_id, and_group_id, max_level) VALUES
  (4, 1, 0,  'cskh',       'tieng_anh', 1),
  (4, 2, 20, 'tieng_anh',  NULL,        NULL),
  (4, 3, 45, 'cskh',       NULL,        NULL),
  (4, 4, 45, 'kinh_doanh', NULL,        NULL);

INSERT INTO rules (id, position, name, queue_id, to_number, has_owner, schedule_id, note) VALUES
  (5, 50, 'Khách có người phụ trách', 'QU_TONGDAI', '024 7100 1001', 1, 'gio_lam_viec',
    'người phụ trách đổ chuông 12 giây, rồi đến cả nhóm');
INSERT INTO rule_steps (rule_id, step, target, group_id, max_agents, answer_timeout) VALUES
  (5, 1, 'owner', NULL,         NULL, 12),
  (5, 2, 'group', 'kinh_doanh', 3,    NULL);

INSERT INTO rules (id, position, name, queue_id, to_number, has_owner, schedule_id, split_percent, note) VALUES
  (6, 60, 'Đối tác nhận 10 %', 'QU_TONGDAI', '024 7100 1001', 0, 'gio_lam_viec', 10,
    'một trong mười cuộc bắt đầu với đối tác');
INSERT INTO rule_steps (rule_id, step, target, group_id, agent_id, max_agents) VALUES
  (6, 1, 'agent', NULL,         'sao_viet', NULL),
  (6, 2, 'group', 'kinh_doanh', NULL,       2);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id) VALUES
  (7, 70, 'Hotline kinh doanh', 'QU_TONGDAI', '024 7100 1001', 'gio_lam_viec');
INSERT INTO rule_steps (rule_id, step, group_id, max_agents) VALUES
  (7, 1, 'kinh_doanh', 4);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id, note) VALUES
  (8, 80, 'Hotline CSKH', 'QU_TONGDAI', '024 7100 1002', 'gio_lam_viec',
    'người trong ca, trưởng nhóm từ giây 20, di động của họ từ giây 45');
INSERT INTO rule_steps (rule_id, step, after_seconds, group_id, max_level, routing_type) VALUES
  (8, 1, 0,  'cskh', 1,    NULL),
  (8, 2, 20, 'cskh', NULL, NULL),
  (8, 3, 45, 'cskh', NULL, 2);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id) VALUES
  (9, 90, 'Hotline kỹ thuật', 'QU_TONGDAI', '024 7100 1004', 'gio_lam_viec');
INSERT INTO rule_steps (rule_id, step, group_id) VALUES
  (9, 1, 'ky_thuat');

INSERT INTO rules (id, position, name, queue_id, schedule_id, note) VALUES
  (10, 100, 'Trực đêm', 'QU_TONGDAI', 'truc_dem', 'mọi hotline ngoài giờ làm việc');
INSERT INTO rule_steps (rule_id, step, group_id) VALUES
  (10, 1, 'truc_dem');

INSERT INTO rules (id, position, name, queue_id, to_number, note) VALUES
  (11, 110, 'Mẫu của Stringee: hotline 2666', 'queue_1', '842473082666', 'cuộc thứ nhất trong yêu cầu mẫu'),
  (12, 120, 'Mẫu của Stringee: hotline 2888', 'queue_1', '842473082888', 'cuộc thứ hai trong yêu cầu mẫu');
INSERT INTO rule_steps (rule_id, step, target, agent_id) VALUES
  (11, 1, 'agent', 'agent_1'),
  (11, 2, 'agent', 'agent_2'),
  (12, 1, 'agent', 'agent_1');

-- The call of a test has the callId test-<id>; what depends on the callId is not expected here.
INSERT INTO rule_tests (id, name, queue_id, from_number, to_number, at, waited, expect_rule, expect_agents, note) VALUES
  (1, '1 Hotline kinh doanh', 'QU_TONGDAI', '84977000999', '842471001001', '2026-11-23 10:00', 0,
    'Hotline kinh doanh', NULL, 'ai trước tùy từng cuộc gọi'),
  (2, '1 Hotline CSKH', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-23 10:00', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (3, '1 Hotline kỹ thuật', 'QU_TONGDAI', '84977000999', '842471001004', '2026-11-23 10:00', 0,
    'Hotline kỹ thuật', NULL, 'ai trước tùy các cuộc gọi trước đó'),
  (4, '2 Khách quen gặp người phụ trách', 'QU_TONGDAI', '84913000222', '842471001001', '2026-11-23 10:00', 0,
    'Khách có người phụ trách', 'minh,*', NULL),
  (5, '9 Một cuộc trong mười vào đối tác', 'QU_TONGDAI', '84977000999', '842471001001', '2026-11-23 10:00', 0,
    'Đối tác nhận 10 %', 'sao_viet,*', 'test-5 nằm trong 10 %'),
  (7, '9 Cuộc khác thì không', 'QU_TONGDAI', '84977000998', '842471001001', '2026-11-23 10:00', 0,
    'Hotline kinh doanh', NULL, 'test-7 thì không'),
  (8, '2 Người phụ trách nghỉ phép: người thay', 'QU_TONGDAI', '84912000111', '842471001001', '2026-11-23 10:00', 0,
    'Khách có người phụ trách', 'hoa,*', 'Lan nghỉ phép'),
  (9, '2 Hết phép: lại là người phụ trách', 'QU_TONGDAI', '84912000111', '842471001001', '2026-11-30 10:00', 0,
    'Khách có người phụ trách', 'lan,*', NULL),
  (10, '2 Mọi máy nhánh của công ty', 'QU_TONGDAI', '842822201234', '842471001001', '2026-11-23 10:00', 0,
    'Khách có người phụ trách', 'hoa,*', 'theo đầu số'),
  (11, '3 Ca sáng đến 11:59', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-23 11:59', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (12, '3 Ca chiều từ 12:00', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-23 12:00', 0,
    'Hotline CSKH', 'chi,dung', NULL),
  (13, '4 Trực đêm hôm trước đến 08:00', 'QU_TONGDAI', '84977000999', '842471001002', '2027-02-05 07:59', 0,
    'Trực đêm', 'son,thao', NULL),
  (14, '4 Ngày cuối năm làm nửa ngày', 'QU_TONGDAI', '84977000999', '842471001002', '2027-02-05 08:00', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (15, '4 Trưa cuối năm: trực Tết', 'QU_TONGDAI', '84977000999', '842471001002', '2027-02-05 12:00', 0,
    'Trực Tết', 'vu,huong', NULL),
  (16, '4 Tết, giữa ngày làm việc', 'QU_TONGDAI', '84977000999', '842471001001', '2027-02-08 10:00', 0,
    'Trực Tết', 'vu,huong', NULL),
  (17, '4 Đêm cuối của Tết', 'QU_TONGDAI', '84977000999', '842471001002', '2027-02-11 23:59', 0,
    'Trực Tết', 'vu,huong', NULL),
  (18, '4 Sau nửa đêm: trực đêm lại', 'QU_TONGDAI', '84977000999', '842471001002', '2027-02-12 00:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (19, '4 Làm việc trở lại', 'QU_TONGDAI', '84977000999', '842471001002', '2027-02-12 08:00', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (20, '5 Đêm', 'QU_TONGDAI', '84977000999', '842471001001', '2026-11-23 23:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (21, '5 Sau nửa đêm', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-24 03:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (22, '5 Chủ nhật', 'QU_TONGDAI', '84977000999', '842471001004', '2026-11-22 12:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (23, '6 Khách VIP: bàn VIP trước', 'QU_TONGDAI', '84903000001', '842471001002', '2026-11-23 10:00', 0,
    'Khách VIP', 'khoa,mai,*', 'khách nào gặp lại người nấy'),
  (24, '6 Khách VIP khác', 'QU_TONGDAI', '84903000002', '842471001002', '2026-11-23 10:00', 0,
    'Khách VIP', 'mai,khoa,*', NULL),
  (25, '6 VIP thử đã hết hạn', 'QU_TONGDAI', '84988000333', '842471001002', '2027-01-04 10:00', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (26, '6 Số bị chặn', 'QU_TONGDAI', '84779123456', '842471001001', '2026-11-23 10:00', 0,
    'Chặn số quấy rối', '', NULL),
  (27, '7 Tiếng Anh trong CSKH trước', 'QU_TONGDAI', '12125550123', '842471001003', '2026-11-23 10:00', 0,
    'Hotline tiếng Anh', 'an', NULL),
  (28, '7 Ai nói tiếng Anh, từ giây 20', 'QU_TONGDAI', '12125550123', '842471001003', '2026-11-23 10:00', 20,
    'Hotline tiếng Anh', 'an,linh', NULL),
  (29, '7 Mọi người, từ giây 45', 'QU_TONGDAI', '12125550123', '842471001003', '2026-11-23 10:00', 45,
    'Hotline tiếng Anh', 'an,linh,binh,huong,*', NULL),
  (30, '8 Trưởng nhóm từ giây 20', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-23 10:00', 20,
    'Hotline CSKH', 'an,binh,huong', NULL),
  (31, '8 Di động từ giây 45', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-23 10:00', 45,
    'Hotline CSKH', 'an,binh,huong,an,binh,huong', 'ứng dụng trước, di động sau'),
  (32, '10 Mẫu: cuộc thứ nhất', 'queue_1', '84986776777', '842473082666', '2026-11-23 10:00', 0,
    'Mẫu của Stringee: hotline 2666', 'agent_1,agent_2', NULL),
  (33, '10 Mẫu: cuộc thứ hai', 'queue_1', '84919982888', '842473082888', '2027-02-08 03:00', 0,
    'Mẫu của Stringee: hotline 2888', 'agent_1', 'bất kỳ lúc nào'),
  (34, 'Hàng đợi lạ: dự phòng', 'QU_LA', '84977000999', '842499990000', '2026-11-23 10:00', 0,
    NULL, 'huong', 'hàng đợi lạ cũng được xử lý, ở đây là nhóm dự phòng'),
  (35, '11 Kỳ nghỉ phép thứ hai: người thay khác', 'QU_TONGDAI', '84912000111', '842471001001', '2027-01-04 10:00', 0,
    'Khách có người phụ trách', 'minh,*', 'absences.cover_id đi trước agents.cover_id'),
  (36, '11 Hết kỳ nghỉ thứ hai', 'QU_TONGDAI', '84912000111', '842471001001', '2027-01-11 10:00', 0,
    'Khách có người phụ trách', 'lan,*', NULL),
  (37, '12 Đêm đổi ca', 'QU_TONGDAI', '84977000999', '842471001001', '2026-12-10 23:00', 0,
    'Trực đêm', 'thao,son', NULL),
  (38, '12 Đêm đổi ca, đến sáng hôm sau', 'QU_TONGDAI', '84977000999', '842471001001', '2026-12-11 07:59', 0,
    'Trực đêm', 'thao,son', 'ca đêm tính theo ngày bắt đầu'),
  (39, '12 Đêm sau lại như cũ', 'QU_TONGDAI', '84977000999', '842471001001', '2026-12-11 23:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (40, '13 Tết Dương lịch: nghỉ, trực đêm làm cả ngày', 'QU_TONGDAI', '84977000999', '842471001001', '2027-01-01 10:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (41, '13 Giỗ Tổ Hùng Vương', 'QU_TONGDAI', '84977000999', '842471001002', '2028-04-04 10:00', 0,
    'Trực đêm', 'son,thao', NULL),
  (42, '13 Hôm sau làm việc trở lại', 'QU_TONGDAI', '84977000999', '842471001002', '2028-04-05 08:00', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (43, '14 Thứ bảy có người làm thêm', 'QU_TONGDAI', '84977000999', '842471001004', '2026-11-28 10:00', 0,
    'Hotline kỹ thuật', 'quang,vu,giang', NULL),
  (44, '14 Thứ bảy sau thì không', 'QU_TONGDAI', '84977000999', '842471001004', '2026-12-05 10:00', 0,
    'Hotline kỹ thuật', 'quang,vu', NULL);
