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
  ('kinh_doanh', 'Nhóm kinh doanh', 'weighted', 1, 'sales; calls are shared by weight, and wait for different people');

INSERT INTO groups (id, name, strategy, note) VALUES
  ('cskh',       'Chăm sóc khách hàng', 'ordered',  'support; level 2 is the team leader'),
  ('ky_thuat',   'Nhóm kỹ thuật',       'rotate',   'technicians; the next call begins with the next one'),
  ('vip',        'Bàn VIP',             'sticky',   'a caller meets the same agent again'),
  ('tieng_anh',  'Nói tiếng Anh',       'ordered',  'a language is a group as well'),
  ('truc_dem',   'Trực đêm',            'ordered',  'night duty, on mobiles'),
  ('truc_tet',   'Trực Tết',            'ordered',  'duty over Tết, on mobiles'),
  ('du_phong',   'Dự phòng',            'ordered',  'rung when no rule finds anybody');

INSERT INTO settings (key, value, note) VALUES
  ('fallback_group', 'du_phong', 'rung for a call that no rule leads to anybody');

INSERT INTO queues (id, name, note) VALUES
  ('QU_TONGDAI', 'Tổng đài Phương Nam',        'all hotlines of the company'),
  ('queue_1',    'Hàng đợi mẫu của Stringee',  'the sample of the manual');

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
  ('Tết Bính Ngọ',                            '2026-02-16', '2026-02-20', 0, 'mùng 1 is 02-17'),
  ('Giỗ Tổ Hùng Vương 2026',                  '2026-04-26', '2026-04-26', 0, 'mùng 10 tháng 3'),
  ('Tết Đinh Mùi',                            '2027-02-05', '2027-02-09', 0, 'mùng 1 is 02-06'),
  ('Giỗ Tổ Hùng Vương 2027',                  '2027-04-16', '2027-04-16', 0, 'mùng 10 tháng 3'),
  ('Tết Mậu Thân',                            '2028-01-25', '2028-01-29', 0, 'mùng 1 is 01-26'),
  ('Giỗ Tổ Hùng Vương 2028',                  '2028-04-04', '2028-04-04', 0, 'mùng 10 tháng 3'),
  ('Tết Kỷ Dậu',                              '2029-02-12', '2029-02-16', 0, 'mùng 1 is 02-13'),
  ('Giỗ Tổ Hùng Vương 2029',                  '2029-04-23', '2029-04-23', 0, 'mùng 10 tháng 3'),
  ('Tết Canh Tuất',                           '2030-02-01', '2030-02-05', 0, 'mùng 1 is 02-02'),
  ('Giỗ Tổ Hùng Vương 2030',                  '2030-04-12', '2030-04-12', 0, 'mùng 10 tháng 3');

INSERT INTO schedules (id, name, on_holidays, note) VALUES
  ('gio_lam_viec', 'Giờ làm việc',      'closed', 'opening hours'),
  ('ca_sang',      'Ca sáng',           'closed', 'morning shift'),
  ('ca_chieu',     'Ca chiều',          'closed', 'afternoon shift'),
  ('thu_bay_xen',  'Thứ bảy cách tuần', 'closed', 'every other Saturday'),
  ('truc_dem',     'Trực đêm',          'sun',    'everything outside opening hours; on a holiday as on a Sunday'),
  ('truc_tet',     'Trực Tết',          'usual',  'Tết 2027');

-- Weekly hours.
INSERT INTO schedule_hours (schedule_id, days, start_time, end_time, note) VALUES
  ('gio_lam_viec', 'mon-fri', '08:00', '17:30', NULL),
  ('gio_lam_viec', 'sat',     '08:00', '12:00', NULL),
  ('ca_sang',      'mon-sat', '08:00', '12:00', NULL),
  ('ca_chieu',     'mon-fri', '12:00', '17:30', NULL),
  ('truc_dem',     'mon-fri', '17:30', '08:00', 'until the next morning'),
  ('truc_dem',     'sat',     '12:00', '08:00', 'until Sunday morning'),
  ('truc_dem',     'sun',     '08:00', '08:00', 'round the clock, until Monday morning');

INSERT INTO schedule_hours (schedule_id, days, start_time, end_time, every_weeks, week_of, note) VALUES
  ('thu_bay_xen', 'sat', '08:00', '12:00', 2, '2026-11-28', 'the week of Saturday, 28 November, and each second one from there');

-- Tết 2027. On the dates of a dated row the weekly hours do not count; the row with the narrowest range wins.
INSERT INTO schedule_hours (schedule_id, date_from, date_to, start_time, end_time, note) VALUES
  ('gio_lam_viec', '2027-02-05', '2027-02-11', NULL,    NULL,    'closed over Tết'),
  ('gio_lam_viec', '2027-02-05', '2027-02-05', '08:00', '12:00', 'half a day on the last day of the year'),
  ('ca_sang',      '2027-02-05', '2027-02-11', NULL,    NULL,    'closed over Tết'),
  ('ca_sang',      '2027-02-05', '2027-02-05', '08:00', '12:00', 'half a day on the last day of the year'),
  ('ca_chieu',     '2027-02-05', '2027-02-11', NULL,    NULL,    'closed over Tết'),
  ('truc_dem',     '2027-02-05', '2027-02-10', NULL,    NULL,    'Tết duty instead; the night from 02-04 runs to its end'),
  ('truc_tet',     '2027-02-05', '2027-02-05', '12:00', '24:00', 'from the end of the half day on'),
  ('truc_tet',     '2027-02-06', '2027-02-11', '00:00', '24:00', NULL);

INSERT INTO agents (id, name, phone_number, routing_type, answer_timeout, note) VALUES
  ('hoa',     'Nguyễn Thị Hoa',   '84903100001', 1, NULL, NULL),
  ('minh',    'Trần Quang Minh',  '84903100002', 1, NULL, NULL),
  ('lan',     'Lê Ngọc Lan',      '84903100003', 1, NULL, 'on leave in November and January, see absences'),
  ('linh',    'Phạm Thùy Linh',   '84903100004', 1, NULL, 'sales, some English'),
  ('tuan',    'Đỗ Anh Tuấn',      NULL,          1, NULL, 'trainee: a small share of the calls'),
  ('an',      'Vũ Hoài An',       '84903200001', 1, NULL, 'morning, English'),
  ('binh',    'Hoàng Thanh Bình', '84903200002', 1, NULL, 'morning'),
  ('chi',     'Bùi Kim Chi',      '84903200003', 1, NULL, 'afternoon, English'),
  ('dung',    'Ngô Tiến Dũng',    '84903200004', 1, NULL, 'afternoon'),
  ('huong',   'Đặng Thu Hương',   '84903200009', 1, NULL, 'leads the support team'),
  ('quang',   'Phan Nhật Quang',  '84903300001', 1, NULL, NULL),
  ('giang',   'Võ Trường Giang',  '84903300003', 1, NULL, 'helps out on every other Saturday'),
  ('vu',      'Lý Minh Vũ',       '84903300002', 1, NULL, NULL),
  ('mai',     'Dương Tuyết Mai',  '84903400001', 1, NULL, NULL),
  ('khoa',    'Hồ Đăng Khoa',     '84903400002', 1, NULL, NULL),
  ('son',     'Trịnh Văn Sơn',    '84903500001', 2, 25,   'works from home: always the mobile'),
  ('thao',    'Mai Phương Thảo',  '84903500002', 2, 25,   'works from home: always the mobile'),
  ('sao_viet', 'Đối tác Sao Việt', '842873001234', 2, 20, 'a partner, rung on its own hotline'),
  ('agent_1', 'Agent 1 (mẫu)',    '84909992666', 2, 15,   'Stringee''s sample'),
  ('agent_2', 'Agent 2 (mẫu)',    '84909992666', 1, 10,   'Stringee''s sample');

-- Lan is on leave, twice. Her own callers go to Hoa meanwhile, the second time to Minh.
UPDATE agents SET cover_id = 'hoa' WHERE id = 'lan';
INSERT INTO absences (agent_id, starts_at, ends_at, cover_id, note) VALUES
  ('lan', '2026-11-16 08:00', '2026-11-30 08:00', NULL,   'leave'),
  ('lan', '2027-01-04',       '2027-01-08',       'minh', 'leave; whole days');

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
  ('son',  'thao', 'truc_dem', '2026-12-10', '2026-12-10', 'swapped'),
  ('thao', 'son',  'truc_dem', '2026-12-10', '2026-12-10', 'swapped');

INSERT INTO callers (number, name, owner_id, tags, expires_on, note) VALUES
  ('0912 000 111', 'Chị Hằng, Nội thất Hoàng Gia', 'lan',  NULL,  NULL,         'numbers may be written as people write them'),
  ('0913 000 222', 'Anh Phúc, Cơ khí Tân Tiến',    'minh', NULL,  NULL,         NULL),
  ('0282220*',     'Công ty Minh Long',            'hoa',  NULL,  NULL,         'all extensions of the company'),
  ('0903 000 001', 'Anh Dũng, Vinatex',            NULL,   'vip', NULL,         NULL),
  ('0903 000 002', 'Chị Oanh, Hải Âu Travel',      NULL,   'vip', NULL,         NULL),
  ('0988 000 333', 'Anh Tài, khách thử VIP',       NULL,   'vip', '2026-12-31', 'VIP on trial until the end of the year');

-- The rules, each with its steps. A step of sales has max_agents where the list would ring for more than 60 s: longer
-- than a caller waits unless the queue says otherwise. Hotlines: 024 7100 1001 sales, 1002 support, 1003 English, 1004 technicians.

INSERT INTO rules (id, position, name, queue_id, from_number, action, note) VALUES
  (1, 10, 'Chặn số quấy rối', 'QU_TONGDAI', '84779*', 'nobody', 'a blocked prefix rings nobody');

INSERT INTO rules (id, position, name, queue_id, schedule_id, note) VALUES
  (2, 20, 'Trực Tết', 'QU_TONGDAI', 'truc_tet', 'before everything else while Tết lasts');
INSERT INTO rule_steps (rule_id, step, group_id) VALUES
  (2, 1, 'truc_tet');

INSERT INTO rules (id, position, name, queue_id, caller_tag, schedule_id, note) VALUES
  (3, 30, 'Khách VIP', 'QU_TONGDAI', 'vip', 'gio_lam_viec', 'the VIP desk, then sales, whatever the hotline');
INSERT INTO rule_steps (rule_id, step, group_id, max_agents) VALUES
  (3, 1, 'vip',        NULL),
  (3, 2, 'kinh_doanh', 2);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id, note) VALUES
  (4, 40, 'Hotline tiếng Anh', 'QU_TONGDAI', '024 7100 1003', 'gio_lam_viec',
    'support who speak English, from 20 s on whoever does, from 45 s on anybody');
INSERT INTO rule_steps (rule_id, step, after_seconds, group_id, and_group_id, max_level) VALUES
  (4, 1, 0,  'cskh',       'tieng_anh', 1),
  (4, 2, 20, 'tieng_anh',  NULL,        NULL),
  (4, 3, 45, 'cskh',       NULL,        NULL),
  (4, 4, 45, 'kinh_doanh', NULL,        NULL);

INSERT INTO rules (id, position, name, queue_id, to_number, has_owner, schedule_id, note) VALUES
  (5, 50, 'Khách có người phụ trách', 'QU_TONGDAI', '024 7100 1001', 1, 'gio_lam_viec',
    'their owner is rung for 12 s, then the team');
INSERT INTO rule_steps (rule_id, step, target, group_id, max_agents, answer_timeout) VALUES
  (5, 1, 'owner', NULL,         NULL, 12),
  (5, 2, 'group', 'kinh_doanh', 3,    NULL);

INSERT INTO rules (id, position, name, queue_id, to_number, has_owner, schedule_id, split_percent, note) VALUES
  (6, 60, 'Đối tác nhận 10 %', 'QU_TONGDAI', '024 7100 1001', 0, 'gio_lam_viec', 10,
    'one call in ten begins with the partner');
INSERT INTO rule_steps (rule_id, step, target, group_id, agent_id, max_agents) VALUES
  (6, 1, 'agent', NULL,         'sao_viet', NULL),
  (6, 2, 'group', 'kinh_doanh', NULL,       2);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id) VALUES
  (7, 70, 'Hotline kinh doanh', 'QU_TONGDAI', '024 7100 1001', 'gio_lam_viec');
INSERT INTO rule_steps (rule_id, step, group_id, max_agents) VALUES
  (7, 1, 'kinh_doanh', 4);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id, note) VALUES
  (8, 80, 'Hotline CSKH', 'QU_TONGDAI', '024 7100 1002', 'gio_lam_viec',
    'who is on shift, the team leader at 20 s, the same people''s mobiles at 45 s');
INSERT INTO rule_steps (rule_id, step, after_seconds, group_id, max_level, routing_type) VALUES
  (8, 1, 0,  'cskh', 1,    NULL),
  (8, 2, 20, 'cskh', NULL, NULL),
  (8, 3, 45, 'cskh', NULL, 2);

INSERT INTO rules (id, position, name, queue_id, to_number, schedule_id) VALUES
  (9, 90, 'Hotline kỹ thuật', 'QU_TONGDAI', '024 7100 1004', 'gio_lam_viec');
INSERT INTO rule_steps (rule_id, step, group_id) VALUES
  (9, 1, 'ky_thuat');

INSERT INTO rules (id, position, name, queue_id, schedule_id, note) VALUES
  (10, 100, 'Trực đêm', 'QU_TONGDAI', 'truc_dem', 'any hotline outside opening hours');
INSERT INTO rule_steps (rule_id, step, group_id) VALUES
  (10, 1, 'truc_dem');

INSERT INTO rules (id, position, name, queue_id, to_number, note) VALUES
  (11, 110, 'Mẫu của Stringee: hotline 2666', 'queue_1', '842473082666', 'the first call of the documented request'),
  (12, 120, 'Mẫu của Stringee: hotline 2888', 'queue_1', '842473082888', 'the second call of the documented request');
INSERT INTO rule_steps (rule_id, step, target, agent_id) VALUES
  (11, 1, 'agent', 'agent_1'),
  (11, 2, 'agent', 'agent_2'),
  (12, 1, 'agent', 'agent_1');

-- The call of a test has the callId test-<id>; what depends on the callId is not expected here.
INSERT INTO rule_tests (id, name, queue_id, from_number, to_number, at, waited, expect_rule, expect_agents, note) VALUES
  (1, '1 Hotline kinh doanh', 'QU_TONGDAI', '84977000999', '842471001001', '2026-11-23 10:00', 0,
    'Hotline kinh doanh', NULL, 'who is first depends on the call'),
  (2, '1 Hotline CSKH', 'QU_TONGDAI', '84977000999', '842471001002', '2026-11-23 10:00', 0,
    'Hotline CSKH', 'an,binh', NULL),
  (3, '1 Hotline kỹ thuật', 'QU_TONGDAI', '84977000999', '842471001004', '2026-11-23 10:00', 0,
    'Hotline kỹ thuật', NULL, 'who is first depends on the calls before'),
  (4, '2 Khách quen gặp người phụ trách', 'QU_TONGDAI', '84913000222', '842471001001', '2026-11-23 10:00', 0,
    'Khách có người phụ trách', 'minh,*', NULL),
  (5, '9 Một cuộc trong mười vào đối tác', 'QU_TONGDAI', '84977000999', '842471001001', '2026-11-23 10:00', 0,
    'Đối tác nhận 10 %', 'sao_viet,*', 'test-5 is among the 10 %'),
  (7, '9 Cuộc khác thì không', 'QU_TONGDAI', '84977000998', '842471001001', '2026-11-23 10:00', 0,
    'Hotline kinh doanh', NULL, 'test-7 is not'),
  (8, '2 Người phụ trách nghỉ phép: người thay', 'QU_TONGDAI', '84912000111', '842471001001', '2026-11-23 10:00', 0,
    'Khách có người phụ trách', 'hoa,*', 'Lan is on leave'),
  (9, '2 Hết phép: lại là người phụ trách', 'QU_TONGDAI', '84912000111', '842471001001', '2026-11-30 10:00', 0,
    'Khách có người phụ trách', 'lan,*', NULL),
  (10, '2 Mọi máy nhánh của công ty', 'QU_TONGDAI', '842822201234', '842471001001', '2026-11-23 10:00', 0,
    'Khách có người phụ trách', 'hoa,*', 'by prefix'),
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
    'Khách VIP', 'khoa,mai,*', 'the same desk agent for the same caller'),
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
    'Hotline CSKH', 'an,binh,huong,an,binh,huong', 'the app, then the mobile'),
  (32, '10 Mẫu: cuộc thứ nhất', 'queue_1', '84986776777', '842473082666', '2026-11-23 10:00', 0,
    'Mẫu của Stringee: hotline 2666', 'agent_1,agent_2', NULL),
  (33, '10 Mẫu: cuộc thứ hai', 'queue_1', '84919982888', '842473082888', '2027-02-08 03:00', 0,
    'Mẫu của Stringee: hotline 2888', 'agent_1', 'at any time of any day'),
  (34, 'Hàng đợi lạ: dự phòng', 'QU_LA', '84977000999', '842499990000', '2026-11-23 10:00', 0,
    NULL, 'huong', 'an unlisted queue is routed too, here to the fallback group'),
  (35, '11 Kỳ nghỉ phép thứ hai: người thay khác', 'QU_TONGDAI', '84912000111', '842471001001', '2027-01-04 10:00', 0,
    'Khách có người phụ trách', 'minh,*', 'absences.cover_id comes before agents.cover_id'),
  (36, '11 Hết kỳ nghỉ thứ hai', 'QU_TONGDAI', '84912000111', '842471001001', '2027-01-11 10:00', 0,
    'Khách có người phụ trách', 'lan,*', NULL),
  (37, '12 Đêm đổi ca', 'QU_TONGDAI', '84977000999', '842471001001', '2026-12-10 23:00', 0,
    'Trực đêm', 'thao,son', NULL),
  (38, '12 Đêm đổi ca, đến sáng hôm sau', 'QU_TONGDAI', '84977000999', '842471001001', '2026-12-11 07:59', 0,
    'Trực đêm', 'thao,son', 'the night belongs to the day on which it begins'),
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
